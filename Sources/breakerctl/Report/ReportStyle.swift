/// What the report looks like in a browser.
enum ReportStyle {
    /// Colours that are told apart by those who see few, on dark and on light.
    static let sheet: HTML = """
        :root {
          color-scheme: light dark;
          --text: light-dark(#1b1f24, #e6e8eb); --back: light-dark(#fff, #14171b);
          --faint: light-dark(#5b6570, #9aa4af); --line: light-dark(#d5dae0, #333a42);
          --good: light-dark(#2f7fc1, #4d9fe0); --bad: light-dark(#c2410c, #f08040);
          --refused: light-dark(#6b7280, #8b95a1); --probing: light-dark(#a16207, #e0b030);
        }
        body {
          font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
          max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
        }
        h1 { margin: 0; font-size: 1.6rem }
        h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
        .span { margin: 0; color: var(--faint) }
        dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0 }
        dt { color: var(--faint); font-size: .85rem }
        dd { margin: 0; font-size: 1.4rem; font-variant-numeric: tabular-nums }
        svg { width: 100%; height: auto; display: block }
        svg text { font-size: 11px; fill: var(--faint) }
        .axis { stroke: var(--line) }
        .good { fill: var(--good) }
        .bad, .trip { fill: var(--bad) }
        .refused { fill: var(--refused) }
        .probing { fill: var(--probing) }
        .legend { margin: .3rem 0; color: var(--faint); font-size: .85rem }
        .legend b { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em }
        .legend .good { background: var(--good) }
        .legend .bad { background: var(--bad) }
        .legend .refused { background: var(--refused) }
        .legend .probing { background: var(--probing); height: .3em }
        .legend .trip { background: var(--bad); clip-path: polygon(0 0, 100% 0, 50% 100%) }
        .wide { overflow-x: auto }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
        th, td {
          text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--line);
          font-weight: normal;
        }
        th[scope=row], th:first-child, .left th, .left td { text-align: left }
        thead th { color: var(--faint) }
        .time { white-space: nowrap }

        """
}
