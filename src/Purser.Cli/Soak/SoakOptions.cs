using System.CommandLine;
using System.Globalization;
using Purser.Cli.Commands;
using Purser.Cli.Output;

namespace Purser.Cli.Soak;

/// <summary>The options of <c>soak</c>, and what they say.</summary>
internal sealed class SoakOptions
{
    /// <summary>How long.</summary>
    public Option<string> Minutes { get; } =
        new("--minutes")
        {
            Description = "How long callers send, in minutes; 0.25 is a quarter",
            HelpName = "m",
            DefaultValueFactory = _ => "5",
        };

    /// <summary>How often the gateway is killed.</summary>
    public Option<string> KillEvery { get; } =
        new("--kill-every")
        {
            Description = "Kill the gateway every so many seconds",
            HelpName = "s",
            DefaultValueFactory = _ => "20",
        };

    /// <summary>How many callers.</summary>
    public Option<int> Connections { get; } =
        new("--connections")
        {
            Description = "How many callers, with a connection each",
            HelpName = "n",
            DefaultValueFactory = _ => 300,
        };

    /// <summary>How many callers leave.</summary>
    public Option<int> Disconnects { get; } =
        new("--disconnects")
        {
            Description = "How many of a hundred callers leave in the middle",
            HelpName = "percent",
            DefaultValueFactory = _ => 10,
        };

    /// <summary>The simulator's faults.</summary>
    public Option<string> Fault { get; } =
        new("--fault")
        {
            Description = "What goes wrong at the provider, and how often (docs/simulator.md)",
            HelpName = "spec",
            DefaultValueFactory = _ =>
                "429:0.02,500:0.02,503:0.01,reset:0.01,cut:0.02,stream-error:0.02,garbage:0.01,no-usage:0.02,slow:0.005",
        };

    /// <summary>The simulator's pace.</summary>
    public Option<string> Latency { get; } =
        new("--latency")
        {
            Description = "How slow the provider is (docs/simulator.md)",
            HelpName = "profile",
            DefaultValueFactory = _ => "ttft=100ms~80ms,token=5ms~3ms",
        };

    /// <summary>What leaving costs.</summary>
    public Option<string?> BillAfterCancel { get; } = SimulateCommand.BillAfterCancelOption();

    /// <summary>Hidden thinking.</summary>
    public Option<string?> Thinking { get; } = SimulateCommand.ThinkingOption();

    /// <summary>The seed.</summary>
    public Option<int> Seed { get; } =
        new("--seed") { Description = "What callers, faults and answers are drawn from", DefaultValueFactory = _ => 1 };

    /// <summary>The listing's format.</summary>
    public Option<ListingFormat> Format { get; } = FormatOption.Create();

    /// <summary>The run's options, checked.</summary>
    /// <exception cref="CliException">One is wrong.</exception>
    public SoakPlan Read(ParseResult parsed)
    {
        var minutes = ReadNumber(parsed, Minutes, 0.05m, 100_000m);
        var killEvery = ReadNumber(parsed, KillEvery, 1m, 1_000_000m);
        List<string> simulate =
        [
            "--seed",
            parsed.GetValue(Seed).ToString(CultureInfo.InvariantCulture),
            "--latency",
            parsed.GetRequiredValue(Latency),
            "--fault",
            parsed.GetRequiredValue(Fault),
            // The hardest unless told otherwise: a provider that finishes, and bills, what nobody waits for any more.
            "--bill-after-cancel",
            SimulateCommand.ReadBillAfterCancel(parsed, BillAfterCancel) ?? "all",
        ];
        if (parsed.GetValue(Thinking) is { } thinking)
        {
            simulate.AddRange(["--think", thinking]);
        }

        return new SoakPlan(
            TimeSpan.FromSeconds((double)(minutes * 60)),
            TimeSpan.FromSeconds((double)killEvery),
            InRange(parsed, Connections, 1, 100_000),
            InRange(parsed, Disconnects, 0, 100),
            parsed.GetValue(Seed),
            [.. simulate]
        );
    }

    private static decimal ReadNumber(ParseResult parsed, Option<string> option, decimal least, decimal most)
    {
        var text = parsed.GetRequiredValue(option);
        return
            decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
            ? number
            : throw CliException.Usage(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {least} to {most}, not '{text}'"));
    }

    private static int InRange(ParseResult parsed, Option<int> option, int least, int most) =>
        parsed.GetValue(option) is var number && number >= least && number <= most
            ? number
            : throw CliException.Usage($"{option.Name} is {least} to {most}");
}

/// <summary>What a soak does.</summary>
/// <param name="Length">How long callers send.</param>
/// <param name="KillEvery">How often the gateway is killed.</param>
/// <param name="Connections">How many callers.</param>
/// <param name="Disconnects">How many of a hundred callers leave in the middle.</param>
/// <param name="Seed">What callers draw from.</param>
/// <param name="Simulate">Options of the simulator.</param>
internal sealed record SoakPlan(TimeSpan Length, TimeSpan KillEvery, int Connections, int Disconnects, int Seed, string[] Simulate);
