namespace Purser.Cli.Tests.Commands;

public sealed class ExposureCommandTests
{
    private const string Bounded = """
        {"days":31,"total_usd":"600.000000000","accounts":[
        {"account":"","kind":"organization","keys":0,"cap_usd":"1000.000000000","exposure_usd":"600.000000000","covered":true},
        {"account":"research","kind":"department","keys":2,"cap_usd":null,"exposure_usd":"600.000000000","covered":true}]}
        """;

    private const string Unbounded = """
        {"days":1,"total_usd":null,"accounts":[
        {"account":"","kind":"organization","keys":0,"cap_usd":null,"exposure_usd":null,"covered":false},
        {"account":"research","kind":"department","keys":2,"cap_usd":"5.000000000","exposure_usd":"5.000000000","covered":true},
        {"account":"sales","kind":"department","keys":0,"cap_usd":null,"exposure_usd":null,"covered":false}]}
        """;

    [Fact]
    public async Task The_last_line_is_the_worst_case()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/exposure?days=31", Bounded);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "exposure"));

        Assert.Equal(
            "ACCOUNT   KIND          KEYS         CAP USD   EXPOSURE USD  COVERED\n"
                + "/         organization     0  1000.000000000  600.000000000  yes\n"
                + "research  department       2                  600.000000000  yes\n"
                + "\n"
                + "Worst case in 31 days: $600.00\n",
            run.Out
        );
    }

    [Fact]
    public async Task Accounts_without_a_limit_above_them_are_marked_and_no_failure()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On("GET /admin/v1/exposure?days=1", Unbounded);
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "exposure", "--days", "1"));

        Assert.Equal(
            "ACCOUNT   KIND          KEYS      CAP USD  EXPOSURE USD  COVERED\n"
                + "/         organization     0                   no bound  NO: no hard dollar limit at or above it\n"
                + "research  department       2  5.000000000   5.000000000  yes\n"
                + "sales     department       0                   no bound  NO: no hard dollar limit at or above it\n"
                + "\n"
                + "No hard dollar limit at or above /, sales: no key can be made there. Set one: `./purser budgets set --account PATH --usd N --window month`\n"
                + "Worst case in 1 day: no bound\n",
            run.Out
        );
    }

    [Fact]
    public async Task As_json_the_total_stands_apart()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "GET /admin/v1/exposure?days=31",
            """{"days":31,"total_usd":null,"accounts":[{"account":"sales","kind":"department","keys":0,"cap_usd":null,"exposure_usd":null,"covered":false}]}"""
        );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Ok, await run.RunAsync("budgets", "exposure", "--format", "json"));

        Assert.Equal(
            """
            {
              "data": [
                {
                  "account": "sales",
                  "kind": "department",
                  "keys": 0,
                  "cap_usd": null,
                  "exposure_usd": null,
                  "covered": false
                }
              ],
              "total": {
                "account": null,
                "kind": null,
                "keys": null,
                "cap_usd": null,
                "exposure_usd": null,
                "covered": false
              }
            }

            """,
            run.Out
        );
    }

    [Theory]
    [InlineData("0")]
    [InlineData("3661")]
    public async Task Days_beyond_reason_are_a_usage_error(string days)
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync("budgets", "exposure", "--days", days));

        Assert.Contains("--days is 1 to 3660", run.Error, StringComparison.Ordinal);
    }
}
