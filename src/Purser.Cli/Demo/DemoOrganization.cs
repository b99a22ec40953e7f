namespace Purser.Cli.Demo;

/// <summary>The organization that the demo sets up: what `purser apply` would take from a file.</summary>
internal static class DemoOrganization
{
    /// <summary>The key whose budget is too small for what it is used for.</summary>
    public const string TightKey = "evals-batch";

    /// <summary>The path of the team whose budget is too small.</summary>
    public const string TightTeam = "research/evals";

    /// <summary>The document.</summary>
    public const string Document = """
        organization: { name: Acme }
        accounts:
          - path: engineering
            kind: department
            budgets: [{ usd: 20, window: month }]
          - path: engineering/search
            kind: team
            budgets: [{ usd: 5, window: month }]
          - path: engineering/search/ranking
            kind: project
          - path: engineering/platform
            kind: team
            budgets: [{ usd: 5, window: month }]
          - path: marketing
            kind: department
            budgets: [{ usd: 10, window: month }]
          - path: marketing/content
            kind: team
          - path: research
            kind: department
            budgets: [{ usd: 10, window: month }]
          - path: research/evals
            kind: team
            budgets: [{ usd: 0.005, window: day }]
        keys:
          - name: search-ranking
            account: engineering/search/ranking
          - name: platform-ci
            account: engineering/platform
            budgets: [{ requests: 10000, window: day }]
          - name: content-writer
            account: marketing/content
          - name: evals-batch
            account: research/evals
        """;
}
