using System.Text.Json.Nodes;
using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Tests.Routing;
using Purser.Routing;
using Purser.Routing.Choice;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

/// <summary>Gateways with routing on, where gpt-5-mini is shown to do what gpt-5-dear does, at a tenth of the price.</summary>
internal static class WatchedGateway
{
    public const string Body = """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}""";

    /// <summary>Starts one.</summary>
    /// <param name="options">More of the routing block.</param>
    /// <param name="predictor">The predictor's version.</param>
    public static async Task<(TestGateway Gateway, string Key)> StartAsync(
        Func<RoutingOptions, RoutingOptions>? options = null,
        string predictor = "first"
    )
    {
        var gateway = await RoutedGateway.StartAsync(options: chosen => With(chosen, options, predictor));
        await RoutedGateway.SetModeAsync(gateway, "on");
        gateway.Upstream.Answer = http =>
            RecordingUpstream.JsonAsync(
                http,
                200,
                RecordingUpstream.ChatAnswer.Replace(
                    "gpt-5-mini-2025-08-07",
                    RoutedGateway.AskedUpstream(gateway),
                    StringComparison.Ordinal
                )
            );
        return (gateway, await gateway.KeyAsync(10m));
    }

    /// <summary>The same options, with a predictor.</summary>
    public static GatewayOptions With(GatewayOptions chosen, Func<RoutingOptions, RoutingOptions>? options, string predictor) =>
        chosen with
        {
            Routing = (options ?? (same => same))(
                (chosen.Routing ?? throw new InvalidOperationException()) with
                {
                    Evidence = new RouteEvidence(
                        _ => new RequestFeatures(TaskClass.Extract, 0.25f, [], [], []),
                        new Sure(predictor),
                        (_, _, _, _) => 0.9,
                        "thresholds-1"
                    ),
                }
            ),
        };

    /// <summary>Sends a request, and waits until it's in the ledger.</summary>
    /// <returns>Its id, and the model that the provider was asked for.</returns>
    public static async Task<(Guid Id, string Model)> AskAsync(TestGateway gateway, string key, params (string, string)[] headers)
    {
        using var response = await gateway.ChatAsync(key, Body, headers);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        await response.Content.ReadAsStringAsync();
        Assert.True(AttemptId.TryParseRequest(response.Headers.GetValues("x-purser-request-id").Single(), out var id));
        return (id, RoutedGateway.AskedUpstream(gateway));
    }

    /// <summary>Says of a request's answer, so often, how good it was.</summary>
    public static async Task SayAsync(TestGateway gateway, Guid request, EvaluationSource source, double score, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var said = new Evaluation(request, null, score, source, DateTimeOffset.UtcNow) { Id = $"{source} {score} {i}" };
            Assert.Equal(EvaluationOutcome.Kept, await gateway.Evaluations.AddAsync(said));
        }
    }

    /// <summary>The only slice there is.</summary>
    public static async Task<JsonNode> SliceAsync(TestGateway gateway) =>
        Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/router/slices"))!["data"]!.AsArray())!;

    private sealed class Sure(string version) : SuccessPredictor
    {
        public override string Version => version;

        public override Prediction? Predict(RequestFeatures features, string model) =>
            model == "gpt-5-mini" ? new Prediction(0.95, IsFamiliar: true) : null;
    }
}
