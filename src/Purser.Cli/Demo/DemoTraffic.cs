using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Purser.Cli.Replay;

namespace Purser.Cli.Demo;

/// <summary>One kind of calls that a team makes.</summary>
/// <param name="Key">The name of its key.</param>
/// <param name="Anthropic">Whether it calls the Anthropic API; else OpenAI's.</param>
/// <param name="Model">The model.</param>
/// <param name="Stream">Whether it streams.</param>
/// <param name="Calls">How many calls.</param>
/// <param name="Parallel">How many at once.</param>
/// <param name="SharedTokens">The tokens of the prompt's beginning, which all of its calls share, and a provider may cache.</param>
/// <param name="OwnTokens">The tokens of each call's own question.</param>
/// <param name="AnswerTokens">The most tokens of an answer.</param>
internal sealed record DemoLoad(
    string Key,
    bool Anthropic,
    string Model,
    bool Stream,
    int Calls,
    int Parallel,
    int SharedTokens,
    int OwnTokens,
    int AnswerTokens
);

/// <summary>What a call came back with.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="RequestId">The gateway's id of it.</param>
/// <param name="Body">The body, where it wasn't answered.</param>
/// <param name="RetryAfter">The <c>Retry-After</c> header.</param>
internal sealed record DemoAnswer(int Status, string? RequestId, string? Body, string? RetryAfter);

/// <summary>Calls the gateway as the programs of several teams would.</summary>
internal sealed class DemoTraffic(Uri gateway, IReadOnlyDictionary<string, string> keys) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>Runs loads side by side.</summary>
    /// <returns>The answers of each load.</returns>
    public async Task<IReadOnlyList<IReadOnlyList<DemoAnswer>>> RunAsync(
        IReadOnlyList<DemoLoad> loads,
        Action<long> done,
        CancellationToken cancellationToken
    ) => await Task.WhenAll(loads.Select(load => RunAsync(load, done, cancellationToken)));

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<IReadOnlyList<DemoAnswer>> RunAsync(DemoLoad load, Action<long> done, CancellationToken cancellationToken)
    {
        var answers = new DemoAnswer[load.Calls];
        var options = new ParallelOptions { MaxDegreeOfParallelism = load.Parallel, CancellationToken = cancellationToken };
        await Parallel.ForAsync(
            0,
            load.Calls,
            options,
            async (call, token) =>
            {
                answers[call] = await CallAsync(load, call, token);
                done(1);
            }
        );
        return answers;
    }

    private async Task<DemoAnswer> CallAsync(DemoLoad load, int call, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, load.Anthropic ? "v1/messages" : "v1/chat/completions")
        {
            Content = new StringContent(Body(load, call), Encoding.UTF8, "application/json"),
        };
        if (load.Anthropic)
        {
            request.Headers.Add("x-api-key", keys[load.Key]);
            request.Headers.Add("anthropic-version", "2023-06-01");
        }
        else
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", keys[load.Key]);
        }

        using var response = await http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return new DemoAnswer(
            (int)response.StatusCode,
            response.Headers.TryGetValues("x-purser-request-id", out var ids) ? ids.First() : null,
            response.IsSuccessStatusCode ? null : body,
            response.Headers.RetryAfter?.ToString()
        );
    }

    private static string Body(DemoLoad load, int call)
    {
        var shared = Text(load.SharedTokens, load.Key.Length);
        var question = new JsonObject { ["role"] = "user", ["content"] = Text(load.OwnTokens, 1000 + call) };
        var body = new JsonObject { ["model"] = load.Model };
        if (load.Anthropic)
        {
            body["max_tokens"] = load.AnswerTokens;
            body["system"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "text",
                    ["text"] = shared,
                    ["cache_control"] = new JsonObject { ["type"] = "ephemeral" },
                }
            );
            body["messages"] = new JsonArray(question);
            body["metadata"] = new JsonObject { ["user_id"] = $"user-{call % 5}" };
        }
        else
        {
            body["max_completion_tokens"] = load.AnswerTokens;
            body["messages"] = new JsonArray(new JsonObject { ["role"] = "system", ["content"] = shared }, question);
            body["user"] = $"user-{call % 5}";
        }

        if (load.Stream)
        {
            body["stream"] = true;
        }

        return body.ToJsonString();
    }

    private static string Text(int tokens, int seed)
    {
        var text = new ArrayBufferWriter<byte>();
        ReplayRequest.WritePrompt(new TraceRow(seed, TimeSpan.Zero, tokens, 1, null), text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
