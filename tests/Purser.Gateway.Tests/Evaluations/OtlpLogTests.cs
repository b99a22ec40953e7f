using Purser.Core.Ledger;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

/// <summary>OpenTelemetry's evaluation events, as an exporter of logs sends them.</summary>
public sealed class OtlpLogTests
{
    [Fact]
    public async Task Evaluation_events_are_taken_as_feedback_and_what_cant_be_is_told()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        var name = AttemptId.NameOf(request);
        var logs = $$$"""
            {"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"scope":{"name":"judge"},"logRecords":[
            {"timeUnixNano":"1795521600000000000","body":{"stringValue":"a line of some log"}},
            {"eventName":"gen_ai.evaluation.result","attributes":[
              {"key":"purser.request.id","value":{"stringValue":"{{{name}}}"}},
              {"key":"gen_ai.evaluation.name","value":{"stringValue":"Relevance"}},
              {"key":"gen_ai.evaluation.score.value","value":{"doubleValue":0.75}},
              {"key":"gen_ai.evaluation.explanation","value":{"stringValue":"says\nwhat was asked"}}]},
            {"attributes":[
              {"key":"event.name","value":{"stringValue":"gen_ai.evaluation.result"}},
              {"key":"purser.request.id","value":{"stringValue":"{{{name}}}"}},
              {"key":"gen_ai.evaluation.name","value":{"stringValue":"Grounded"}},
              {"key":"gen_ai.evaluation.score.label","value":{"stringValue":"Pass"}}]},
            {"eventName":"gen_ai.evaluation.result","attributes":[
              {"key":"purser.request.id","value":{"stringValue":"{{{name}}}"}},
              {"key":"gen_ai.evaluation.score.value","value":{"intValue":"4"}}]},
            {"eventName":"gen_ai.evaluation.result","attributes":[{"key":"gen_ai.evaluation.score.value","value":{"doubleValue":1}}]}
            ]}]}]}
            """;

        using var answer = await gateway.PostAsync("/v1/logs", logs, ("Authorization", $"Bearer {key}"));
        using var binary = new HttpRequestMessage(HttpMethod.Post, "/v1/logs") { Content = new ByteArrayContent([10, 0]) };
        binary.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        binary.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-protobuf");
        using var refused = await gateway.Client.SendAsync(binary);

        Assert.Equal(
            """{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"A score is from 0 to 1, or a label such as pass or fail. An evaluation says with purser.request.id of which request it is: req_\u2026."}}""",
            await answer.Content.ReadAsStringAsync()
        );
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(415, (int)refused.StatusCode);
        var row = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray())!;
        Assert.Equal("""{"class":"extract","model":"gpt-5-mini","source":"feedback","count":2,"score":0.875}""", row.ToJsonString());
    }
}
