using System.Text.Json.Nodes;

namespace Purser.Cli.Tests.Commands;

public sealed class PricesAndDoctorTests
{
    private const string Prices = """
        provider: acme
        sources:
          list: the public price list
        models:
          - id: small
            aliases: [small-2026]
            prices:
              - start: unknown
                source: list
                input_per_mtok: 0.25
                cache_read_per_mtok: 0.025
                output_per_mtok: 2
        """;

    [Theory]
    [InlineData("small-2026 --input 1 --cache-read 1 --output 3")]
    [InlineData("--model small-2026 --in 1 --cached 1 --out 3")]
    public async Task A_quote_is_exact_and_rounded_up_once(string asked)
    {
        using var run = new CliRun();
        run.Write(Prices, "prices", "acme.yml");

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["prices", "quote", .. asked.Split(' '), "--prices", "prices"]));

        // 0.25/M + 0.025/M + 3 × 2/M = 0.000006275 dollars, exactly 6,275 nano-dollars.
        Assert.Equal(
            "CLASS       QUANTITY  USD PER UNIT  UNIT          USD\n"
                + "input              1          0.25  mtok   0.00000025\n"
                + "cache_read         1         0.025  mtok  0.000000025\n"
                + "output             3             2  mtok     0.000006\n"
                + "total                                     0.000006275\n"
                + "by acme/small@unknown; the sum is rounded up once, to a nano-dollar\n",
            run.Out
        );
    }

    [Fact]
    public async Task A_class_without_a_price_is_refused_and_never_free()
    {
        using var run = new CliRun();
        run.Write(Prices, "prices", "acme.yml");

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "quote", "small", "--web-search", "1", "--prices", "prices"));
        Assert.Equal("purser: acme/small@unknown has no web_search_per_call\n", run.Error);
    }

    [Theory]
    [InlineData("openai/dall-e-3 --images 2 --size 1024x1024 --quality hd", "0.16")]
    [InlineData("--model azure/dall-e-3 --generated-image 1 --size 1792x1024 --quality standard", "0.08")]
    [InlineData("google/veo-3.1-generate-preview --seconds 8 --size 4k --sound audio", "4.8")]
    [InlineData("x-ai/grok-imagine-video --video-second 10 --size 720p --input-image 1", "0.702")]
    public async Task Images_and_videos_cost_by_what_was_asked_for(string asked, string usd)
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Ok, await run.RunAsync(["prices", "quote", .. asked.Split(' '), "--at", "2026-10-01", "--format", "json"]));

        Assert.Equal(usd, ((string)JsonNode.Parse(run.Out)!["total"]!["usd"]!).TrimEnd('0'));
    }

    [Fact]
    public async Task An_image_whose_size_nobody_states_is_refused_by_name()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "quote", "openai/dall-e-2", "--images", "1"));
        Assert.StartsWith("purser: openai/dall-e-2@unknown costs by '1024x1024', ", run.Error);
    }

    [Fact]
    public async Task The_price_book_that_comes_along_is_right()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "check"));
        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "list", "--model", "gpt-5-mini", "--format", "json"));
        Assert.Equal("0.25", (string?)JsonNode.Parse(run.Out)!["data"]![0]!["input_per_mtok"]);
    }

    [Fact]
    public async Task A_wrong_price_file_shows_every_error_and_fails()
    {
        using var run = new CliRun();
        run.Write(
            Prices
                .Replace("input_per_mtok: 0.25", "input_per_mtok: cheap", StringComparison.Ordinal)
                .Replace("output_per_mtok", "ouput_per_mtok", StringComparison.Ordinal),
            "prices",
            "acme.yml"
        );

        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "check", "--prices", "prices", "--format", "csv"));
        Assert.True(run.Out.Split("\r\n").Length >= 4, run.Out);
    }

    [Fact]
    public async Task A_file_of_ones_own_can_be_checked_as_the_gateway_loads_it()
    {
        using var run = new CliRun();
        run.Write(
            """
            provider: openai
            models:
              - id: gpt-4o
                prices: [{ start: unknown, source: contract, input_per_mtok: 1, output_per_mtok: 2 }]
              - id: mine
                aliases: [gpt-5]
                prices: [{ start: unknown, source: contract, input_per_mtok: 1, output_per_mtok: 2 }]
            """,
            "mine",
            "openai.yml"
        );

        Assert.Equal(ExitCode.Ok, await run.RunAsync("prices", "check", "--prices", "mine"));
        Assert.Equal(ExitCode.Failed, await run.RunAsync("prices", "check", "--prices", "mine", "--beside-shipped", "--format", "csv"));
        Assert.Contains(",3,DuplicateModel,", run.Out, StringComparison.Ordinal);
        Assert.Contains(",6,DuplicateAlias,", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_says_what_is_wrong_and_what_to_do()
    {
        await using var gateway = (await FakeGateway.StartAsync())
            .On("GET /health/live", "ok")
            .On("GET /health/ready", "ok")
            .On(
                "GET /admin/v1/status",
                """
                {"version":"0.1.0","providers":[{"name":"openai","api":"openai","base_url":"https://api.openai.com/v1","models":[],"has_key":false}],
                "stores":[{"name":"journal","state":"ok","detail":null}],"durability":"full","journal":{"head_seq":1,"open_reservations":0}}
                """
            );
        using var run = CliRun.With(gateway);

        Assert.Equal(ExitCode.Failed, await run.RunAsync("doctor", "--format", "json"));

        var states = JsonNode.Parse(run.Out)!["data"]!.AsArray().ToDictionary(row => (string)row!["check"]!, row => (string)row!["state"]!);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["runtime"] = "ok",
                ["price book"] = "ok",
                ["data folder"] = "ok",
                ["clock"] = "ok",
                ["gateway"] = "ok",
                ["gateway clock"] = "ok",
                ["gateway ready"] = "ok",
                ["admin key"] = "ok",
                ["store journal"] = "ok",
                ["provider openai"] = "fail",
            },
            states
        );
    }

    [Fact]
    public async Task The_doctor_says_which_data_folder_it_looked_at()
    {
        using var run = new CliRun();

        await run.RunAsync("doctor", "--gateway", "http://127.0.0.1:1", "--format", "csv");
        Assert.Contains(
            $"{run.File("purser-data")} (the default; --data DIR names another) doesn't exist yet; `./purser up` makes it",
            run.Out,
            StringComparison.Ordinal
        );

        await run.RunAsync("doctor", "--gateway", "http://127.0.0.1:1", "--format", "csv", "--data", "mine");
        Assert.Contains($"{run.File("mine")} doesn't exist yet; `./purser up` makes it", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_without_a_gateway_still_checks_the_machine()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Failed, await run.RunAsync("doctor", "--gateway", "http://127.0.0.1:1"));
        Assert.Contains("nothing answers at http://127.0.0.1:1", run.Out, StringComparison.Ordinal);
    }
}
