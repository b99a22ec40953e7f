using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Evaluations;
using Purser.Gateway.Tests.Routing;
using Xunit;

namespace Purser.Gateway.Tests.Evaluations;

/// <summary>
/// A gateway whose reference is gpt-5-dear, and that asks gpt-5-mini in shadow, or the other way round; claude-test judges. Each model has one answer.
/// </summary>
internal sealed class ShadowedGateway : IAsyncDisposable
{
    public const string Routing = """
        routing:
          reference: gpt-5-dear
          candidates: [gpt-5-mini]
          shadow: { sample_percent: 100, budget: { amount_usd: 1, period: month } SHADOW }
          judge: { model: claude-test, sample_percent: 100, budget: { amount_usd: 1, period: day }, instructions: "Kindness." }
        """;

    /// <summary>What a client asks for, in the format of chat completions.</summary>
    public const string Body = """{"model":"auto","max_tokens":50,"messages":[{"role":"user","content":"What is two and two?"}]}""";

    private ShadowedGateway(TestGateway gateway) => Gateway = gateway;

    public TestGateway Gateway { get; }

    /// <summary>What the models say.</summary>
    public ConcurrentDictionary<string, string> Says { get; } =
        new(new Dictionary<string, string> { ["gpt-5-dear"] = "It is four.", ["gpt-5-mini"] = "It is five." });

    /// <summary>What the judge says to the two answers.</summary>
    public Func<string, string, string> Judge { get; set; } = (_, _) => """{"reason": "", "better": "equal"}""";

    /// <summary>What comparisons came to.</summary>
    public IReadOnlyList<StoredEvaluation> Scores =>
        Gateway.Store.Read(connection => EvaluationTable.OfRequests(connection, 0, long.MaxValue));

    /// <summary>Is waited for before a model answers.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    public static async Task<ShadowedGateway> StartAsync(
        string mode = "shadow",
        string routing = Routing,
        string shadow = "",
        ILoggerProvider? log = null
    )
    {
        routing = routing.Replace("SHADOW", shadow, StringComparison.Ordinal);
        var gateway = await RoutedGateway.StartAsync(
            routing,
            RoutedGateway.Evidence(("gpt-5-mini", 0.95)),
            logging: logging =>
            {
                if (log is not null)
                {
                    logging.AddProvider(log);
                }
            }
        );
        var shadowed = new ShadowedGateway(gateway);
        gateway.Upstream.Answer = shadowed.AnswerAsync;
        await RoutedGateway.SetModeAsync(gateway, mode);
        return shadowed;
    }

    /// <summary>Waits until so many calls about the request that a response answers are in the ledger, and returns them.</summary>
    public async Task<JsonArray> CallsAsync(HttpResponseMessage response, int count)
    {
        var calls = default(JsonArray);
        await UntilAsync(async () =>
        {
            calls = (await Gateway.ExplainAsync(response))!["evaluation_calls"] as JsonArray;
            return (calls?.Count ?? 0) >= count;
        });
        Assert.Equal(count, calls?.Count ?? 0);
        await Gateway.SettledAsync();
        return calls ?? [];
    }

    /// <summary>Waits for a comparison's end.</summary>
    public async Task<StoredEvaluation> ScoreAsync()
    {
        await UntilAsync(() => Task.FromResult(Scores.Count > 0));
        return Assert.Single(Scores);
    }

    /// <summary>The models that were asked, in order.</summary>
    public IReadOnlyList<string> Asked =>
        [.. Gateway.Upstream.Requests.Select(sent => JsonNode.Parse(sent.Body)!["model"]!.GetValue<string>())];

    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await isSo())
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var body = JsonNode.Parse(RecordingUpstream.BodyOf(http))!;
        var model = body["model"]!.GetValue<string>();
        await Before(model);
        if (http.Request.Path == "/v1/messages")
        {
            await RecordingUpstream.JsonAsync(http, 200, MessagesAnswer(Said(body)));
        }
        else if (http.Request.Path == "/v1/responses")
        {
            await RespondAsync(http, Says[model], body["stream"]?.GetValue<bool>() == true);
        }
        else if (body["stream"]?.GetValue<bool>() == true)
        {
            await RecordingUpstream.EventsAsync(
                http,
                $$$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"{{{model}}}","choices":[{"index":0,"delta":{"role":"assistant","content":{{{Text(Says[model][..3])}}}},"finish_reason":null}]}"""
                    + "\n\n",
                $$$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"{{{model}}}","choices":[{"index":0,"delta":{"content":{{{Text(Says[model][3..])}}}},"finish_reason":"stop"}]}"""
                    + "\n\n",
                """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}"""
                    + "\n\n",
                "data: [DONE]\n\n"
            );
        }
        else
        {
            await RecordingUpstream.JsonAsync(
                http,
                200,
                $$$"""{"id":"c","object":"chat.completion","created":1,"model":"{{{model}}}","choices":[{"index":0,"message":{"role":"assistant","content":{{{Text(Says[model])}}}},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}"""
            );
        }
    }

    /// <summary>What the judge says to what it's asked.</summary>
    private string Said(JsonNode question)
    {
        var content = question["messages"]!.AsArray()[^1]!["content"]!;
        var material = JsonNode.Parse(content is JsonArray parts ? parts[0]!["text"]!.GetValue<string>() : content.GetValue<string>())!;
        return Judge(material["answer_a"]!.GetValue<string>(), material["answer_b"]!.GetValue<string>());
    }

    private static string MessagesAnswer(string text) =>
        $$$"""{"id":"m","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":{{{Text(text)}}}}],"stop_reason":"end_turn","usage":{"input_tokens":100,"output_tokens":20}}""";

    private static Task RespondAsync(HttpContext http, string text, bool stream)
    {
        var answer =
            $$$"""{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"text":{{{Text(text)}}}}]}],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":0},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":15}}""";
        return !stream
            ? RecordingUpstream.JsonAsync(http, 200, answer)
            : RecordingUpstream.EventsAsync(
                http,
                """event: response.created"""
                    + "\n"
                    + """data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"m","output":[],"usage":null}}"""
                    + "\n\n",
                "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],\"role\":\"assistant\"}}\n\n",
                "event: response.content_part.added\ndata: {\"type\":\"response.content_part.added\",\"sequence_number\":2,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"annotations\":[],\"text\":\"\"}}\n\n",
                $"event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"sequence_number\":3,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":{Text(text)}}}\n\n",
                $"event: response.completed\ndata: {{\"type\":\"response.completed\",\"sequence_number\":4,\"response\":{answer}}}\n\n"
            );
    }

    private static string Text(string text) => JsonValue.Create(text).ToJsonString();
}
