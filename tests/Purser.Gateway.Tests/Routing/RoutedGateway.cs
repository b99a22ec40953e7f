using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Purser.Core.Pricing;
using Purser.Gateway.Configuration;
using Purser.Routing;
using Purser.Routing.Choice;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>Gateways with a block <c>routing</c>: gpt-5-dear costs ten times what gpt-5-mini does, and claude-test as much as that.</summary>
internal static class RoutedGateway
{
    public const string Routing = """
        routing:
          reference: gpt-5-dear
          candidates: [gpt-5-mini, claude-test]
          aliases: { smart: gpt-5-dear, thrifty: auto }
          policies:
            - { name: trivial, for: ["gpt-5-dear"], floor: 90 }
            - { name: near, regions: ["eu-"] }
        """;

    public const string Dear = """
        provider: openai
        models:
          - id: gpt-5-dear
            context_tokens: 400000
            max_output_tokens: 128000
            reasoning: true
            prices:
              - start: unknown
                source: made up for tests
                input_per_mtok: 10
                cache_read_per_mtok: 1
                output_per_mtok: 20
        """;

    public static Task<TestGateway> StartAsync(
        string routing = Routing,
        RouteEvidence? evidence = null,
        Func<GatewayOptions, GatewayOptions>? options = null,
        TimeProvider? clock = null,
        Action<ILoggingBuilder>? logging = null
    )
    {
        var read = ConfigurationFile.Parse("purser.yml", routing, _ => null);
        Assert.Empty(read.Errors);
        return TestGateway.StartAsync(
            provider =>
                TestGateway.Once(provider.Models is null ? provider : provider with { Models = [.. provider.Models, "gpt-5-dear"] }),
            chosen =>
                (options ?? (same => same))(
                    chosen with
                    {
                        PriceFiles = [.. chosen.PriceFiles, new PriceFile("dear.yml", Dear)],
                        Routing = read.Routing! with { Evidence = evidence, HoldoutPercent = 0 },
                    }
                ),
            logging,
            clock
        );
    }

    /// <summary>What is known: each model's odds, whatever the request; 0.9 is asked for.</summary>
    public static RouteEvidence Evidence(params (string Model, double Good)[] odds) =>
        new(
            _ => new RequestFeatures(TaskClass.Extract, 0.25f, [], [], []),
            new FixedOdds(odds.ToDictionary(pair => pair.Model, pair => pair.Good)),
            (_, _, _, _) => 0.9,
            "thresholds-1"
        );

    /// <summary>Says what routing may do with the organization's requests.</summary>
    public static Task SetModeAsync(TestGateway gateway, string mode) =>
        gateway.AdminAsync(HttpMethod.Post, "/accounts/%2F/settings", new { routing = mode });

    /// <summary>The model that the provider was asked for last.</summary>
    public static string AskedUpstream(TestGateway gateway) =>
        JsonNode.Parse(gateway.Upstream.Requests.Last().Body)!["model"]!.GetValue<string>();

    private sealed class FixedOdds(Dictionary<string, double> odds) : SuccessPredictor
    {
        public override string Version => "fixed-1";

        public override Prediction? Predict(RequestFeatures features, string model) =>
            odds.TryGetValue(model, out var good) ? new Prediction(good, IsFamiliar: true) : null;
    }
}
