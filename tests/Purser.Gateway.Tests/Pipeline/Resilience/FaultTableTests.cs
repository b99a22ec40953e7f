using System.Text;
using System.Text.Json.Nodes;
using Purser.Gateway.Configuration;
using Xunit;

namespace Purser.Gateway.Tests.Pipeline.Resilience;

/// <summary>The table of docs/faults.md, row by row: what the client sees, what is settled, how often and where it's tried again.</summary>
public sealed class FaultTableTests
{
    private const string Plain = """{"model":"gpt-5-mini","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Streamed =
        """{"model":"gpt-5-mini","stream":true,"max_tokens":64000,"messages":[{"role":"user","content":"hi"}]}""";

    // Long enough for an answer on a busy machine, short enough to be waited for where that is the fault.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan Ages = TimeSpan.FromSeconds(120);

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Fault.All.Count)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Without_another_provider(int row)
    {
        var fault = Fault.All[row];
        await using var gateway = await StartAsync(fault, _ => []);
        gateway.Upstream.Answer = fault.Answer;

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(), fault.Stream ? Streamed : Plain);
        var client = await SeenAsync(response);
        await gateway.SettledAsync();
        var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray();

        Assert.Equal(fault.Client, client);
        Assert.Equal(fault.Attempts, attempts.Count);
        Assert.All(attempts, attempt => Assert.Equal(fault.Settled, Settled(attempt!)));
        Assert.Equal(fault.Again, Again(response));
        var said = response.Headers.TryGetValues("x-purser-attempts", out var values) ? values.Single() : "1";
        Assert.Equal($"{fault.Attempts}", said);
        // Every attempt but the first says why it was made.
        Assert.Equal([false, true, true], attempts.Select(attempt => attempt!["because"] is not null).Concat([true, true]).Take(3));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task With_another_provider(int row)
    {
        var fault = Fault.All[row];
        await using var gateway = await StartAsync(fault, first => [Other(first)]);
        var good = fault.Stream ? Fault.GoodStream : http => RecordingUpstream.JsonAsync(http, 200, RecordingUpstream.ChatAnswer);
        gateway.Upstream.Answer = http => http.Request.Path.StartsWithSegments("/other") ? good(http) : fault.Answer(http);

        using var response = await gateway.ChatAsync(await gateway.KeyAsync(), fault.Stream ? Streamed : Plain);
        var client = await SeenAsync(response);
        await gateway.SettledAsync();
        var attempts = (await gateway.ExplainAsync(response))!["attempts"]!.AsArray();

        Assert.Equal(fault.Elsewhere ? "200, whole" : fault.Client, client);
        Assert.Equal(
            fault.Elsewhere ? ["openai", "other"] : ["openai"],
            attempts.Select(attempt => attempt!["provider"]!.GetValue<string>())
        );
        Assert.Equal(fault.Settled, Settled(attempts[0]!));
        if (fault.Elsewhere)
        {
            Assert.Equal("its exact usage", Settled(attempts[1]!));
        }
    }

    [Fact]
    public void The_table_in_the_documents_is_this_one()
    {
        var text = File.ReadAllText(Path.Combine(Root(), "docs", "faults.md"));

        Assert.True(text.Contains(Table(), StringComparison.Ordinal), $"docs/faults.md must have this table:\n\n{Table()}");
    }

    private static string Table()
    {
        var table = new StringBuilder(
            "| the provider … | asked for | the client gets | each attempt is settled at | attempts alone | another | in | try again? |\n"
                + "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        );
        foreach (var fault in Fault.All)
        {
            table.Append(
                $"| {fault.Name} | {(fault.Stream ? "a stream" : "one piece")} | {fault.Client} | {fault.Settled} | {fault.Attempts} | {(fault.Elsewhere ? "yes" : "no")} | {fault.Within} | {fault.Again} |\n"
            );
        }

        return table.ToString();
    }

    private static Task<TestGateway> StartAsync(Fault fault, Func<ProviderOptions, ProviderOptions[]> more) =>
        TestGateway.StartAsync(options: options =>
        {
            var first = options.Providers[0] with
            {
                Timeout = fault.IsSilent ? Patience : Ages,
                Resilience = new ResilienceOptions { RetryWait = TimeSpan.FromMilliseconds(20) },
            };
            return options with { Providers = [first, .. more(first)] };
        });

    private static ProviderOptions Other(ProviderOptions first) =>
        first with
        {
            Name = "other",
            BaseUrl = new Uri(first.BaseUrl, "/other/v1"),
            PriceProvider = "openai",
            Timeout = Ages,
        };

    /// <summary>What a client makes of an answer.</summary>
    private static async Task<string> SeenAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        var status = (int)response.StatusCode;
        if (status != 200)
        {
            var code = JsonNode.Parse(text)!["error"]!["code"]!.GetValue<string>();
            return code == "its_own" ? $"{status}, its own error" : $"{status} {code}";
        }

        var output = text.Contains("\"content\":\"hi\"", StringComparison.Ordinal) || text.Contains("hello", StringComparison.Ordinal);
        var error =
            text.Contains("\"overloaded\"", StringComparison.Ordinal) ? "its own error event"
            : text.Contains("provider_timeout", StringComparison.Ordinal) ? "error event provider_timeout"
            : text.Contains("provider_answer_broken", StringComparison.Ordinal) ? "error event provider_answer_broken"
            : null;
        var isWhole = text.Contains("[DONE]", StringComparison.Ordinal) || text.Contains("hello", StringComparison.Ordinal);
        return error is null && isWhole ? "200, whole" : $"200{(output ? ", what came" : "")}, {error}";
    }

    /// <summary>What a client's library is told of trying again.</summary>
    private static string Again(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-should-retry", out var values) && values.Single() == "false" ? "no"
        : response.Headers.RetryAfter is not null ? "after `Retry-After`"
        : Fault.NotSaid;

    private static string Settled(JsonNode attempt)
    {
        var cost = attempt["cost_usd"]!.GetValue<string>();
        return cost == "0.000000000" ? "nothing"
            : !attempt["estimated"]!.GetValue<bool>() ? "its exact usage"
            : cost == attempt["ceiling_usd"]!.GetValue<string>() ? "what is held for it"
            : "an estimate";
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
