using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Hosting;

namespace Purser.Cli.Tests.Hammer;

public sealed class HammerCommandTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0")]
    [InlineData("30")]
    public async Task Purser_overspends_nothing(string disconnects)
    {
        var port = FreePort();
        using var run = new CliRun();
        var configuration = $$"""
            providers:
              - { name: openai, api: openai, base_url: "http://127.0.0.1:{{port}}/v1", api_key: sk-simulated }

            """;
        await using var gateway = await LocalGateway.StartAsync(
            new LocalGatewayOptions(run.File("data"), new Uri("http://127.0.0.1:0"), ConfigText: configuration),
            Cancelled
        );
        var key = await KeyAsync(gateway, "0.05");

        var code = await run.RunAsync(
            $"hammer {gateway.Address} --key {key} --budget 0.05 --parallel 32 --upstream-port {port} --disconnects {disconnects} --format json".Split(
                ' '
            )
        );

        Assert.True(code == ExitCode.Ok, run.Error);
        var row = Row(run);
        Assert.Equal("0.000000000", row.GetProperty("overspend_usd").GetString());
        Assert.InRange(row.GetProperty("served").GetInt64(), 50, 200);
        Assert.Contains("402: ", row.GetProperty("refused_by_status").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, row.GetProperty("failed").GetInt64());
        Assert.Equal(disconnects != "0", row.GetProperty("left").GetInt64() > 0);
        // The budget can be spent: less would be a gateway that holds its limit by refusing everyone. What a caller that left is posted
        // is an upper bound of what it was billed.
        var least = disconnects == "0" ? 0.045m : 0.02m;
        Assert.InRange(decimal.Parse(row.GetProperty("billed_usd").GetString()!, CultureInfo.InvariantCulture), least, 0.05m);
    }

    [Fact]
    public async Task A_gateway_without_a_limit_overspends()
    {
        // The upstream itself: it lets everything through.
        var port = FreePort();
        using var run = new CliRun();

        var code = await run.RunAsync(
            $"hammer http://127.0.0.1:{port}/v1 --key k --budget 0.01 --parallel 16 --upstream-port {port} --format json".Split(' ')
        );

        Assert.Equal(ExitCode.Overspent, code);
        var row = Row(run);
        Assert.Equal(0, row.GetProperty("refused").GetInt64());
        Assert.True(decimal.Parse(row.GetProperty("overspend_usd").GetString()!, CultureInfo.InvariantCulture) >= 0.02m, run.Out);
        Assert.True(decimal.Parse(row.GetProperty("overspend_percent").GetString()!, CultureInfo.InvariantCulture) >= 200m, run.Out);
        Assert.Contains("purser: overspent by $0.0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_of_ones_own_is_priced_by_the_rates_given()
    {
        var port = FreePort();
        using var run = new CliRun();

        var code = await run.RunAsync(
            $"hammer http://127.0.0.1:{port} --key k --budget 0.5 --model own --max-tokens 10 --requests 4 --parallel 2 --upstream-port {port} --input-usd-per-million 0 --output-usd-per-million 20000 --latency none --format json".Split(
                ' '
            )
        );

        // 4 requests of 10 tokens at 2 cents a token.
        Assert.Equal(ExitCode.Overspent, code);
        var row = Row(run);
        Assert.Equal(4, row.GetProperty("billed_requests").GetInt64());
        Assert.Equal("0.800000000", row.GetProperty("billed_usd").GetString());
        Assert.Equal("0.300000000", row.GetProperty("overspend_usd").GetString());
        Assert.Equal("60.00", row.GetProperty("overspend_percent").GetString());
    }

    [Fact]
    public async Task A_limit_that_was_not_reached_shows_nothing()
    {
        var port = FreePort();
        using var run = new CliRun();

        var code = await run.RunAsync(
            $"hammer http://127.0.0.1:{port} --key k --budget 100 --requests 5 --parallel 2 --upstream-port {port} --latency none".Split(
                ' '
            )
        );

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("the limit was not reached", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, ExitCode.Failed, "the gateway answered without asking the upstream")]
    [InlineData(401, ExitCode.NotAuthorized, "the gateway refused the key: 401")]
    [InlineData(402, ExitCode.Failed, "the gateway refused the first request, before any money was spent: 402")]
    public async Task A_gateway_that_does_not_ask_the_upstream_is_noticed_at_once(int status, int code, string message)
    {
        await using var gateway = await FakeGateway.StartAsync();
        gateway.On("POST /v1/chat/completions", "{}", status);
        using var run = new CliRun();

        Assert.Equal(
            code,
            await run.RunAsync("hammer", gateway.Address, "--key", "k", "--budget", "1", "--upstream-port", $"{FreePort()}")
        );
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Single(gateway.Seen);
    }

    [Theory]
    [InlineData("hammer http://127.0.0.1:1", "'--budget' is required")]
    [InlineData("hammer http://127.0.0.1:1 --budget 1", "hammer needs a key")]
    [InlineData("hammer nowhere --key k --budget 1", "the gateway is a URL like")]
    [InlineData("hammer http://127.0.0.1:1 --key k --budget free", "--budget is an amount in dollars")]
    [InlineData("hammer http://127.0.0.1:1 --key k --budget 1 --parallel 0", "--parallel is at least 1")]
    [InlineData("hammer http://127.0.0.1:1 --key k --budget 1 --disconnects 101", "--disconnects is at most 100")]
    [InlineData("hammer http://127.0.0.1:1 --key k --budget 1 --model own", "has no price for 'own'")]
    [InlineData("hammer http://127.0.0.1:1 --key k --budget 1 --input-usd-per-million 1", "go together")]
    public async Task A_wrong_command_line_is_a_usage_error(string line, string message)
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync(line.Split(' ')));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static JsonElement Row(CliRun run) => JsonSerializer.Deserialize<JsonElement>(run.Out).GetProperty("data")[0];

    private static async Task<string> KeyAsync(LocalGateway gateway, string usd)
    {
        using var admin = new AdminClient(gateway.Address, gateway.NewAdminKey!);
        await admin.SendAsync<JsonElement>(HttpMethod.Post, "accounts", new { name = "team", kind = "team" }, Cancelled);
        var budget = new
        {
            account = "team",
            unit = "usd",
            window = "lifetime",
            limit = usd,
        };
        await admin.SendAsync<JsonElement>(HttpMethod.Put, "budgets", budget, Cancelled);
        return (await admin.SendAsync<NewKeyView>(HttpMethod.Post, "keys", new { account = "team", name = "key" }, Cancelled)).Key;
    }

    // The gateway must know the upstream's port before the upstream is started.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
