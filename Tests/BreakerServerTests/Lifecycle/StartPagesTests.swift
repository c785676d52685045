#if os(Linux)
    import Testing

    @testable import BreakerServer

    @Suite struct StartPagesTests {
        /// As proc(5) shows it: a program, its relocated data, a heap, a library, and what the kernel lends.
        private static let maps = """
            55e000000000-55e000010000 r--p 00000000 08:01 1234                       /usr/bin/breakerd
            Size:                 64 kB
            Rss:                  60 kB
            Anonymous:             0 kB
            VmFlags: rd mr mw me
            55e000010000-55e000100000 r-xp 00010000 08:01 1234                       /usr/bin/breakerd
            Anonymous:             0 kB
            55e000100000-55e000180000 r--p 00100000 08:01 1234                       /usr/bin/breakerd
            Anonymous:           512 kB
            55e000180000-55e000190000 rw-p 00180000 08:01 1234                       /usr/bin/breakerd
            Anonymous:             0 kB
            55e000200000-55e000300000 rw-p 00000000 00:00 0                          [heap]
            Anonymous:             0 kB
            7f0000000000-7f0000001000 r--s 00000000 08:01 77                         /tmp/shared
            Anonymous:             0 kB
            7f0000010000-7f0000020000 r-xp 00000000 08:01 99                         /lib/x86_64/libc so.6
            Anonymous:             0 kB
            7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0                          [vdso]
            Anonymous:             0 kB
            """

        @Test func `clean pages of files are let go, and nothing else`() {
            let ranges = StartPages.clean(in: StartPagesTests.maps)
            #expect(
                ranges == [
                    0x55e0_0000_0000..<0x55e0_0001_0000, 0x55e0_0001_0000..<0x55e0_0010_0000,
                    0x7f00_0001_0000..<0x7f00_0002_0000,
                ])
        }

        @Test(arguments: ["", "\n", "-", "zz-yy r-xp 0 0 0 /x\nAnonymous: 0 kB", "2000-1000 r-xp 0 0 0 /x"])
        func `what is no map names nothing`(text: String) {
            #expect(StartPages.clean(in: text).isEmpty)
        }

        @Test func `the program goes on without them`() {
            StartPages.release()
            #expect(StartPages.clean(in: StartPagesTests.maps).count == 3)
        }
    }
#endif
