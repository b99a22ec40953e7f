using System.Buffers.Binary;
using System.Text.Json.Nodes;
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

        using var answer = await gateway.PostAsync("/v1/otlp/v1/logs", logs, ("Authorization", $"Bearer {key}"));
        using var binary = new HttpRequestMessage(HttpMethod.Post, "/v1/otlp/v1/logs") { Content = new ByteArrayContent([10, 0]) };
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

    [Fact]
    public async Task Of_a_body_so_many_are_taken_and_of_a_request_so_many_kept_and_the_rest_is_counted()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        var name = AttemptId.NameOf(request);

        using var answer = await gateway.PostAsync("/v1/otlp/v1/logs", Body(name, 300), ("Authorization", $"Bearer {key}"));

        Assert.Equal(200, (int)answer.StatusCode);
        var partial = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["partialSuccess"]!;
        Assert.Equal("284", partial["rejectedLogRecords"]!.GetValue<string>());
        Assert.Equal(
            $"Of a body 256 evaluations are taken: send the others in another one. Of request '{name}' this key has said 16 things already, which is the most; they stand.",
            partial["errorMessage"]!.GetValue<string>()
        );
        var row = Assert.Single((await gateway.AdminAsync(HttpMethod.Get, "/reports/quality"))!["data"]!.AsArray())!;
        Assert.Equal(16, row["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_bodys_evaluations_are_written_together()
    {
        var (gateway, key) = await WatchedGateway.StartAsync();
        await using var _ = gateway;
        var (request, _) = await WatchedGateway.AskAsync(gateway, key);
        await gateway.SettledAsync();
        await gateway.Store.FlushAsync();
        var before = Commits(gateway.Directory);

        var body = Body(AttemptId.NameOf(request), 16);
        using var answer = await gateway.PostAsync("/v1/otlp/v1/logs", body, ("Authorization", $"Bearer {key}"));

        Assert.Equal("{}", await answer.Content.ReadAsStringAsync());
        // The writer may begin before all are queued.
        Assert.InRange(Commits(gateway.Directory) - before, 1, 8);
    }

    private static string Body(string request, int count)
    {
        var records = Enumerable
            .Range(0, count)
            .Select(i =>
                $$$"""
                    {"eventName":"gen_ai.evaluation.result","attributes":[
                      {"key":"purser.request.id","value":{"stringValue":"{{{request}}}"}},
                      {"key":"gen_ai.evaluation.name","value":{"stringValue":"measure {{{i}}}"}},
                      {"key":"gen_ai.evaluation.score.value","value":{"doubleValue":1}}]}
                    """
            );
        return $$"""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{{string.Join(',', records)}}]}]}]}""";
    }

    /// <summary>The transactions in a ledger's write-ahead log: the frames that say how large the file is after them.</summary>
    private static int Commits(string directory)
    {
        using var file = new FileStream(
            Directory.GetFiles(directory, "purser.db-wal").Single(),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        using var copy = new MemoryStream();
        file.CopyTo(copy);
        var log = copy.GetBuffer().AsSpan(0, (int)copy.Length);
        var (page, commits) = (BinaryPrimitives.ReadInt32BigEndian(log[8..]), 0);
        for (var at = 32; at + 24 + page <= log.Length && log.Slice(at + 8, 8).SequenceEqual(log.Slice(16, 8)); at += 24 + page)
        {
            commits += BinaryPrimitives.ReadInt32BigEndian(log[(at + 4)..]) != 0 ? 1 : 0;
        }

        return commits;
    }
}
