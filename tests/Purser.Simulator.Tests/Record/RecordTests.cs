using Purser.Simulator.Faults;
using Purser.Simulator.Latency;
using Purser.Simulator.Models;
using Purser.Simulator.Record;

namespace Purser.Simulator.Tests.Record;

public class RecordTests
{
    private const string Ask =
        "{\"model\":\"gpt-4o\",\"max_tokens\":10,\"user\":\"u \\\"1\\\"\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    [Fact]
    public async Task A_request_has_a_line_when_accepted_and_one_when_finished()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        using var response = await simulator.OpenAIAsync(Ask, ("x-client-request-id", "c-1"));
        var text = await simulator.Client.GetStringAsync("/simulator/records", TestContext.Current.CancellationToken);
        var id = (await simulator.RecordsAsync())[0].Id;
        var requestId = response.Headers.GetValues("x-request-id").Single();
        var fields =
            $"\"api\":\"openai\",\"model\":\"gpt-4o\",\"stream\":false,\"id\":\"{id}\",\"request_id\":\"{requestId}\",\"client_request_id\":\"c-1\",\"end_user\":\"u \\\"1\\\"\",\"max_tokens\":10,\"prompt_tokens\":1";
        Assert.Equal(
            $"{{\"seq\":1,\"request\":1,\"at\":\"2026-01-01T00:00:00.0000000Z\",\"phase\":\"dispatched\",{fields}}}\n"
                + $"{{\"seq\":2,\"request\":1,\"at\":\"2026-01-01T00:00:00.0000000Z\",\"phase\":\"completed\",{fields},\"status\":200,\"outcome\":\"ok\",\"fault\":null,"
                + "\"billed\":{\"input\":1,\"cache_read\":0,\"cache_write_5m\":0,\"cache_write_1h\":0,\"output\":10,\"reasoning\":0}}\n",
            text
        );
        Assert.Contains($"\"id\": \"{id}\"", await SimulatorUnderTest.TextAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "1,2,3,4,5,6")]
    [InlineData("?since=4", "5,6")]
    [InlineData("?client_request_id=c-2", "3,4")]
    [InlineData("?end_user=u%20%221%22&phase=completed", "2,4,6")]
    [InlineData("?end_user=u", "")]
    public async Task Queries_choose_lines(string query, string seqs)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        for (var i = 1; i <= 3; i++)
        {
            await SimulatorUnderTest.TextAsync(await simulator.OpenAIAsync(Ask, ("x-client-request-id", $"c-{i}")));
        }

        Assert.Equal(seqs, string.Join(',', (await simulator.RecordsAsync(query)).Select(line => line.Seq)));
    }

    [Fact]
    public async Task The_file_is_appended_to_and_the_query_reads_this_run_of_it()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            for (var run = 1; run <= 2; run++)
            {
                await using (var simulator = await SimulatorUnderTest.StartAsync(new SimulatorOptions { RecordPath = path }))
                {
                    await simulator.OpenAITextAsync(Ask);
                    Assert.Equal([1L, 2L], (await simulator.RecordsAsync()).Select(line => line.Seq));
                }

                Assert.Equal(2 * run, (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Length);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task The_file_fills_while_the_simulator_runs()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await using var simulator = await SimulatorUnderTest.StartAsync(new SimulatorOptions { RecordPath = path });
            await simulator.OpenAITextAsync(Ask);

            // Nothing but the background writer brings the lines there.
            while (await CountLinesAsync(path) < 2)
            {
                await Task.Yield();
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Without_a_file_the_last_lines_are_kept()
    {
        var models = new ModelTable(1);
        await using var log = new RecordLog(null, TimeProvider.System, models);
        const int Lines = RecordLog.MostKept + 50_000;
        for (var i = 0; i < Lines; i++)
        {
            log.Dispatched("\"api\":\"openai\",\"model\":\"m\""u8);
        }

        var kept = 0;
        await foreach (var block in log.ReadAsync(0))
        {
            kept += block.Span.Count((byte)'\n');
        }

        // Whole blocks of 64 KB are dropped, so a few more are kept.
        Assert.InRange(kept, RecordLog.MostKept, RecordLog.MostKept + 2000);
    }

    [Fact]
    public async Task The_summary_is_the_sum_of_the_record()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        await simulator.OpenAITextAsync(Ask);
        await simulator.OpenAITextAsync(Ask);
        await simulator.AnthropicTextAsync("{\"model\":\"m\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"one two\"}]}");
        await simulator.OpenAITextAsync("{");
        Assert.Equal(
            "{\"in_flight\":0,\"served\":3,\"rejected\":1,\"client_closed\":0,\"last_seq\":7,"
                + "\"billed\":{\"requests\":3,\"input\":4,\"cache_read\":0,\"cache_write_5m\":0,\"cache_write_1h\":0,\"output\":23,\"reasoning\":0},"
                + "\"models\":{\"gpt-4o\":{\"requests\":2,\"input\":2,\"cache_read\":0,\"cache_write_5m\":0,\"cache_write_1h\":0,\"output\":20,\"reasoning\":0},"
                + "\"m\":{\"requests\":1,\"input\":2,\"cache_read\":0,\"cache_write_5m\":0,\"cache_write_1h\":0,\"output\":3,\"reasoning\":0}}}\n",
            await simulator.Client.GetStringAsync("/simulator/summary", TestContext.Current.CancellationToken)
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0")]
    [InlineData("100")]
    [InlineData("all")]
    public async Task A_client_that_leaves_is_billed_by_the_option(string? text)
    {
        var option = BillAfterCancel.Generated;
        Assert.True(text is null || BillAfterCancel.TryParse(text, out option, out _));
        var options = new SimulatorOptions { Latency = LatencyProfile.Parse("token=5ms"), BillAfterCancel = option };
        await using var simulator = await SimulatorUnderTest.StartAsync(options, TimeProvider.System);
        var response = await simulator.OpenAIAsync(
            "{\"model\":\"m\",\"stream\":true,\"max_tokens\":2000,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
        );
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)))
        {
            // The role and two tokens.
            for (var chunks = 0; chunks < 3; )
            {
                chunks += (await reader.ReadLineAsync(TestContext.Current.CancellationToken))!.Length > 0 ? 1 : 0;
            }
        }

        response.Dispose();
        var line = (await simulator.RecordsWhenIdleAsync())[1];
        Assert.Equal("client_closed", line.Outcome);
        Assert.Equal(1, line.Billed!.Input);
        var after = line.Json.GetProperty("after_cancel").GetInt64();
        if (option == BillAfterCancel.Full)
        {
            Assert.Equal(2000, line.Billed.Output);
            Assert.InRange(after, 1, 1998);
        }
        else
        {
            Assert.Equal(option.MoreTokens, after);
            Assert.InRange(line.Billed.Output, 2 + after, 1999);
        }

        var summary = await simulator.Client.GetStringAsync("/simulator/summary", TestContext.Current.CancellationToken);
        Assert.StartsWith("{\"in_flight\":0,\"served\":1,\"rejected\":0,\"client_closed\":1,", summary, StringComparison.Ordinal);
        Assert.Contains($"\"output\":{line.Billed.Output},", summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("429", "error", 429)]
    [InlineData("500", "error", 500)]
    [InlineData("503", "error", 503)]
    [InlineData("529", "error", 529)]
    [InlineData("reset", "reset", null)]
    public async Task What_was_not_answered_is_not_billed(string fault, string outcome, int? status)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync(new SimulatorOptions { Fault = FaultPlan.Parse(fault) });
        try
        {
            await simulator.AnthropicTextAsync("{\"model\":\"m\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
            Assert.NotEqual("reset", fault);
        }
        catch (HttpRequestException)
        {
            Assert.Equal("reset", fault);
        }

        var line = (await simulator.RecordsWhenIdleAsync())[1];
        Assert.Equal((outcome, status, Bill.Nothing), (line.Outcome, line.Status, line.Billed));
        Assert.Equal(fault, line.Json.GetProperty("fault").GetString());
    }

    [Fact]
    public async Task A_time_out_lasts_until_the_client_leaves()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync(new SimulatorOptions { Fault = FaultPlan.Parse("timeout") });
        using var leave = new CancellationTokenSource();
        using var content = new StringContent(Ask);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        request.Headers.Add("Authorization", "Bearer k");
        var asked = simulator.Client.SendAsync(request, leave.Token);
        while ((await simulator.RecordsAsync()).Count == 0)
        {
            await Task.Yield();
        }

        Assert.False(asked.IsCompleted);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        var line = (await simulator.RecordsWhenIdleAsync())[1];
        Assert.Equal(("timeout", Bill.Nothing), (line.Outcome, line.Billed));
    }

    [Fact]
    public async Task Stopping_ends_what_still_runs()
    {
        var simulator = await SimulatorUnderTest.StartAsync(new SimulatorOptions { Fault = FaultPlan.Parse("timeout") });
        var asked = simulator.OpenAIAsync(Ask);
        while ((await simulator.RecordsAsync()).Count == 0)
        {
            await Task.Yield();
        }

        await simulator.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => asked);
    }

    private static async Task<int> CountLinesAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Count(character => character == '\n');
    }
}
