// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// How the programs are linked on Linux: packed relocations, which glibc has read since 2.36, and no table of
// symbols that nobody looks up.
let linking: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker",
            "--no-export-dynamic",
        ], .when(platforms: [.linux], configuration: .release))
]

// The live page's files, each embedded in the daemon.
let page: [Resource] = [
    "actions.mjs",
    "api.mjs",
    "breaker.mjs",
    "dom.mjs",
    "favicon.svg",
    "fleet.mjs",
    "index.html",
    "main.mjs",
    "minutes.mjs",
    "overview.mjs",
    "past.mjs",
    "page.css",
    "spark.mjs",
    "stream.mjs",
    "opening.mjs",
    "timeline.mjs",
    "words.mjs",
].map { .embedInCode("Resources/page/\($0)") }

let package = Package(
    name: "breakerd",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "BreakerClient", targets: ["BreakerClient"]),
        .library(name: "BreakerClientTesting", targets: ["BreakerClientTesting"]),
        .executable(name: "breakerd", targets: ["breakerd"]),
        .executable(name: "breakerctl", targets: ["breakerctl"]),
        // For the package in Benchmarks alone: it may change with every release.
        .library(name: "_BenchmarkBodies", targets: ["BenchmarkBodies"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(
            url: "https://github.com/HdrHistogram/hdrhistogram-swift", .upToNextMinor(from: "0.2.0")),
    ],
    targets: [
        .target(name: "BreakerCore", swiftSettings: settings),
        .target(
            name: "BreakerWire",
            dependencies: ["BreakerCore", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings),
        .target(
            name: "BreakerStore",
            dependencies: [
                "BreakerCore",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "GRDB", package: "GRDB.swift"),
                // The backup API in steps, which GRDB only offers as one long call.
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .target(
            name: "BreakerServer",
            dependencies: [
                "BreakerCore", "BreakerWire", "BreakerStore",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "BreakerGzip",
            dependencies: ["CZlib", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings),
        .target(
            name: "BreakerWeb",
            dependencies: [
                "BreakerGzip", "BreakerServer", "BreakerWire",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Resources/openapi.json")] + page,
            swiftSettings: settings),
        .target(
            name: "BreakerTelemetry",
            dependencies: [
                "BreakerCore", "BreakerGzip", "BreakerServer", "BreakerStore", "BreakerWire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .target(
            name: "BreakerNotify",
            dependencies: [
                "BreakerCore", "BreakerServer", "BreakerStore", "BreakerWire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "BreakerClient",
            dependencies: [
                "BreakerCore", "BreakerWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings),
        // For users' tests: the one place where client and server meet.
        .target(
            name: "BreakerClientTesting", dependencies: ["BreakerClient", "BreakerServer"],
            swiftSettings: settings),
        .executableTarget(
            name: "breakerd",
            dependencies: [
                "BreakerNotify", "BreakerServer", "BreakerTelemetry", "BreakerWeb",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings, linkerSettings: linking),
        .executableTarget(
            name: "breakerctl",
            dependencies: [
                "BreakerClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                // For bench alone: its sockets, its percentiles, and Ctrl-C.
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings, linkerSettings: linking),
        .executableTarget(
            name: "fleet-caller",
            dependencies: [
                "BreakerClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Examples/fleet/Caller", swiftSettings: settings),
        // Here and not in the package that times them, so that counting them, which every run of the tests
        // does, costs no second build of everything, and needs no way around `package` access.
        .target(
            name: "BenchmarkBodies",
            dependencies: [
                "BreakerClient", "BreakerClientTesting", "BreakerCore", "BreakerServer", "BreakerStore",
                "BreakerWire",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Benchmarks/Bodies", swiftSettings: settings),
        .executableTarget(
            name: "microbench",
            dependencies: [
                "BenchmarkBodies",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/microbench", swiftSettings: settings),
        .executableTarget(
            name: "soak-client",
            dependencies: [
                "BreakerClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Soak/Client", swiftSettings: settings),
        .testTarget(
            name: "BreakerGzipTests",
            dependencies: ["BreakerGzip", "CZlib", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings),
        .testTarget(name: "BreakerCoreTests", dependencies: ["BreakerCore"], swiftSettings: settings),
        .testTarget(
            name: "BreakerServerTests",
            dependencies: [
                "BreakerCore", "BreakerServer", "BreakerStore",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "BreakerWebTests",
            dependencies: [
                "BreakerCore", "BreakerServer", "BreakerWeb",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "BreakerNotifyTests",
            dependencies: [
                "BreakerCore", "BreakerNotify", "BreakerServer", "BreakerStore", "BreakerWire",
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: settings),
        .testTarget(
            name: "BreakerTelemetryTests",
            dependencies: [
                "BreakerServer", "BreakerTelemetry", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "BreakerWireTests",
            dependencies: ["BreakerCore", "BreakerWire", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: settings),
        .testTarget(
            name: "BreakerClientTests",
            dependencies: [
                "BreakerClient", "BreakerCore", "BreakerWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "BreakerClientTestingTests", dependencies: ["BreakerClientTesting", "BreakerClient"],
            swiftSettings: settings),
        .testTarget(
            name: "BreakerStoreTests",
            dependencies: [
                "BreakerCore", "BreakerStore", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Fixtures"], swiftSettings: settings),
        .testTarget(
            name: "breakerctlTests",
            dependencies: [
                "BreakerClient", "breakerctl",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
    ]
)
