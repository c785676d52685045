// A daemon runs for months and its start takes milliseconds, but the pages of the program that only the start
// needed stay resident until the machine is short of memory. They are clean copies of the file, so they can
// be let go: what is needed again comes back from the page cache.

#if os(Linux)
    import Glibc

    /// The pages of the program and its libraries that a start has touched.
    enum StartPages {
        /// Lets all of them go. Where the system does not say what is mapped, nothing happens.
        static func release() {
            guard let maps = StartPages.text(of: "/proc/self/smaps") else { return }
            for range in StartPages.clean(in: maps) {
                madvise(
                    UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
            }
        }

        /// The mappings of files that can only be read and have no page of our own: relocated data, which is
        /// read-only too, has and must stay.
        ///
        /// - Parameter maps: of the form of `/proc/PID/smaps`, see proc(5).
        static func clean(in maps: String) -> [Range<UInt>] {
            var ranges: [Range<UInt>] = []
            var mapping: Range<UInt>?
            for line in maps.split(separator: "\n") {
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                if let range = StartPages.addresses(fields.first) {
                    mapping = StartPages.isReadOnlyFile(fields) ? range : nil
                } else if fields.first == "Anonymous:", fields.dropFirst().first == "0", let range = mapping {
                    ranges.append(range)
                }
            }
            return ranges
        }

        /// `7f00a000-7f00c000`
        private static func addresses(_ field: Substring?) -> Range<UInt>? {
            let ends = field?.split(separator: "-").map { UInt($0, radix: 16) } ?? []
            guard ends.count == 2, let lower = ends[0], let upper = ends[1], lower < upper else { return nil }
            return lower..<upper
        }

        /// Address, permissions, offset, device, inode, path.
        private static func isReadOnlyFile(_ fields: [Substring]) -> Bool {
            guard fields.count >= 6, fields[5].hasPrefix("/") else { return false }
            return fields[1] == "r--p" || fields[1] == "r-xp"
        }

        private static func text(of path: String) -> String? {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(file, &buffer, buffer.count)
                guard count > 0 else { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
                bytes += buffer[..<count]
            }
        }
    }
#endif
