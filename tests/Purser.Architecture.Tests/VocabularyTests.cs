using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Purser.Architecture.Tests;

/// <summary>The names that dashboards, alerts and clients rely on. Renaming one is a breaking change; this is where it's decided.</summary>
public sealed class VocabularyTests
{
    private static readonly string[] Metrics =
    [
        "gen_ai.client.operation.duration",
        "gen_ai.client.token.usage",
        "purser.cost",
        "purser.estimated",
        "purser.evaluation.calls",
        "purser.evaluation.dropped",
        "purser.evaluation.verdicts",
        "purser.refusals",
        "purser.route.escalations",
        "purser.token_counts",
        "purser.upstream.available",
        "purser.upstream.credential_refusals",
        "purser.upstream.passed_over",
        "purser.upstream.retries",
    ];

    private static readonly string[] Headers =
    [
        "x-purser-attempts",
        "x-purser-branch",
        "x-purser-budget-remaining-usd",
        "x-purser-budget-warning",
        "x-purser-check",
        "x-purser-cost-usd",
        "x-purser-key",
        "x-purser-max-output-tokens",
        "x-purser-model",
        "x-purser-project",
        "x-purser-provider",
        "x-purser-repository",
        "x-purser-request-id",
        "x-purser-risk",
        "x-purser-route",
        "x-purser-run",
        "x-purser-tags",
        "x-purser-token-count",
        "x-purser-translation",
    ];

    [Fact]
    public void Metrics_have_their_pinned_names()
    {
        Assert.Equal(Metrics, MetricNames(Repository.Sources("src/Purser.Gateway/Telemetry")));
    }

    [Fact]
    public void Headers_have_their_pinned_names()
    {
        Assert.Equal(Headers, Strings(Repository.Sources("src/Purser.Gateway")).Where(IsHeader).Distinct().Order(StringComparer.Ordinal));

        static bool IsHeader(string text) => text.StartsWith("x-purser-", StringComparison.Ordinal) && text.Length > "x-purser-".Length;
    }

    [Fact]
    public void A_renamed_metric_is_found()
    {
        var renamed = SourceFile.Parse("renamed.cs", """class A { object m = meter.CreateCounter<long>("purser.spend", "nUSD"); }""");
        Assert.Equal(["purser.spend"], MetricNames([renamed]));
    }

    private static IEnumerable<string> MetricNames(IEnumerable<SourceFile> files) =>
        files
            .SelectMany(file => file.All<InvocationExpressionSyntax>())
            .Where(call =>
                call.Expression is MemberAccessExpressionSyntax { Name: GenericNameSyntax { Identifier.Text: var name } } && Creates(name)
            )
            .Select(call => ((LiteralExpressionSyntax)call.ArgumentList.Arguments[0].Expression).Token.ValueText)
            .Order(StringComparer.Ordinal);

    private static bool Creates(string name) =>
        name
            is "CreateCounter"
                or "CreateUpDownCounter"
                or "CreateHistogram"
                or "CreateGauge"
                or "CreateObservableCounter"
                or "CreateObservableGauge"
                or "CreateObservableUpDownCounter";

    private static IEnumerable<string> Strings(IEnumerable<SourceFile> files) =>
        files.SelectMany(file => file.All<LiteralExpressionSyntax>()).Select(literal => literal.Token.Value).OfType<string>();
}
