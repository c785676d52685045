#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the process takes of the machine. What the system does not tell is nil.
struct ProcessUsage {
    let cpuSeconds: Double
    let residentBytes: Int?
    let virtualBytes: Int?
    let openDescriptors: Int?

    static var current: ProcessUsage {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        let pages = ProcessUsage.pages
        return ProcessUsage(
            cpuSeconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000,
            residentBytes: pages?.resident, virtualBytes: pages?.virtual,
            openDescriptors: ProcessUsage.descriptors)
    }

    /// In bytes, from Linux's `/proc/self/statm`.
    private static var pages: (virtual: Int, resident: Int)? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, CInt(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let numbers = text.split(separator: " ").prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else { return nil }
        let size = Int(sysconf(CInt(_SC_PAGESIZE)))
        return (numbers[0] * size, numbers[1] * size)
    }

    /// From Linux's `/proc/self/fd`, without the one that looks.
    private static var descriptors: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // "." and ".." and the folder itself.
        return count - 3
    }
}
