// swift-tools-version: 6.2
// A package of its own: whoever uses breakerd builds no framework for benchmarks.
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "breakerd-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "breakerd", path: ".."),
        // Without its default traits, which put allocators of its own in place of the system's: it counts no
        // allocations then. `scripts/count` does.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Timed",
            dependencies: [
                .product(name: "_BenchmarkBodies", package: "breakerd"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Timed", swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
