using System.Net;
using Purser.Simulator.Faults;

namespace Purser.Simulator.Tests;

public class DeterminismTests
{
    // Twenty requests, among them each body four times.
    private static readonly string[] Requests =
    [
        .. Enumerable
            .Range(0, 20)
            .Select(i =>
                $"{{\"model\":\"gpt-4o\",\"stream\":{(i % 2 == 0 ? "true" : "false")},\"max_tokens\":{(i % 5) + 10},\"messages\":[{{\"role\":\"user\",\"content\":\"hi {i % 5 + (i % 2 * 5)}\"}}]}}"
            ),
    ];

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes_whatever_the_order()
    {
        var forward = await AnswersAsync(7, Requests);
        var backward = await AnswersAsync(7, Requests.Reverse());
        var together = await AnswersAsync(7, Requests, parallel: true);
        Assert.Equal(forward, backward);
        Assert.Equal(forward, together);
    }

    [Fact]
    public async Task Another_seed_gives_other_bytes() => Assert.NotEqual(await AnswersAsync(7, Requests), await AnswersAsync(8, Requests));

    [Fact]
    public async Task No_two_answers_share_an_id()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        foreach (var request in Requests)
        {
            await simulator.OpenAITextAsync(request);
        }

        Assert.Equal(20, (await simulator.RecordsAsync("?phase=completed")).Select(line => line.Id).Distinct().Count());
    }

    [Fact]
    public async Task The_same_requests_meet_the_same_faults()
    {
        var options = new SimulatorOptions { Fault = FaultPlan.Parse("429:0.3,500:0.3") };
        var statuses = new List<string>();
        foreach (var order in new[] { Requests, [.. Requests.Reverse()] })
        {
            await using var simulator = await SimulatorUnderTest.StartAsync(options);
            var seen = new List<string>();
            foreach (var request in order)
            {
                using var response = await simulator.OpenAIAsync(request);
                seen.Add($"{request} {(int)response.StatusCode}");
            }

            statuses.Add(string.Join('\n', seen.Order(StringComparer.Ordinal)));
        }

        Assert.Equal(statuses[0], statuses[1]);
        Assert.Contains(" 429", statuses[0], StringComparison.Ordinal);
        Assert.Contains(" 200", statuses[0], StringComparison.Ordinal);
    }

    private static async Task<List<string>> AnswersAsync(ulong seed, IEnumerable<string> requests, bool parallel = false)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync(new SimulatorOptions { Seed = seed });
        var answers = new List<string>();
        if (parallel)
        {
            answers.AddRange(await Task.WhenAll(requests.Select(AskAsync)));
        }
        else
        {
            foreach (var request in requests)
            {
                answers.Add(await AskAsync(request));
            }
        }

        return [.. answers.Order(StringComparer.Ordinal)];

        async Task<string> AskAsync(string request)
        {
            var response = await simulator.OpenAIAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return request + response.Headers.GetValues("x-request-id").Single() + await SimulatorUnderTest.TextAsync(response);
        }
    }
}
