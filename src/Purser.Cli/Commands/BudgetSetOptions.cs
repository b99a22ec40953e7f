using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary>
/// What <c>budgets set</c> takes. Each option is a member of the admin API's body, under its own name; what can be seen to be wrong is
/// said here, and what the rest of the organization decides is the gateway's to say.
/// </summary>
internal sealed partial class BudgetSetOptions
{
    private static readonly string[] Windows =
    [
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "lifetime",
        "run",
        "rolling:LENGTH",
        "anchored:LENGTH",
    ];

    private readonly Option<string?>[] scopes =
    [
        new("--account") { Description = "An account and all below it: a path or id; / is the organization", HelpName = "path" },
        new("--key") { Description = "A key: an id or name; or each", HelpName = "id" },
        new("--member") { Description = "A person or service: an account's path or id; or each", HelpName = "path" },
        new("--tag") { Description = "Requests with a tag: team=search; or each value of it: team=each", HelpName = "name=value" },
        new("--run") { Description = "A run of an agent: KEY-ID/SESSION; or each", HelpName = "run" },
        new("--provider") { Description = "A provider, as purser.yml names it; or each", HelpName = "name" },
        new("--model") { Description = "A model, as the provider names it; or each", HelpName = "name" },
    ];

    private readonly Option<string?>[] limits =
    [
        new("--usd") { Description = "The limit in dollars: 200, 0.50", HelpName = "amount" },
        new("--tokens") { Description = "The limit in tokens, input and output together", HelpName = "n" },
        new("--requests") { Description = "The limit in requests", HelpName = "n" },
        new("--input-tokens") { Description = "The limit in input tokens, cached ones included", HelpName = "n" },
        new("--cache-read-tokens") { Description = "The limit in input tokens read from a prompt cache", HelpName = "n" },
        new("--cache-write-tokens") { Description = "The limit in input tokens written to a prompt cache", HelpName = "n" },
        new("--output-tokens") { Description = "The limit in output tokens, reasoning included", HelpName = "n" },
        new("--reasoning-tokens") { Description = "The limit in reasoning tokens", HelpName = "n" },
        new("--concurrency") { Description = "The limit in calls under way at one time; without a window", HelpName = "n" },
    ];

    private readonly Option<string?> window = new("--window")
    {
        Description = $"When it starts afresh: {string.Join(", ", Windows)} (7d, 5h, 30m); default: month",
        HelpName = "window",
    };

    private readonly Option<string?> name = new("--name") { Description = "What it is called", HelpName = "name" };

    private readonly Option<string?> timeZone = new("--time-zone")
    {
        Description = "Where its days and months begin: Europe/Berlin (default: UTC)",
        HelpName = "zone",
    };

    private readonly Option<string?> weekStart = new("--week-start")
    {
        Description = "The day that its weeks begin with (default: monday)",
        HelpName = "day",
    };

    private readonly Option<int?> yearStart = new("--year-start")
    {
        Description = "The month that its years and quarters begin with, 1 to 12 (default: 1)",
        HelpName = "month",
    };

    private readonly Option<string?> onExhausted = new("--on-exhausted")
    {
        Description = "What happens to a request without room: block (default), alert, downgrade, throttle, queue, ask",
        HelpName = "action",
    };

    private readonly Option<string?> thresholds = new("--thresholds")
    {
        Description = "Percentages of the limit that raise an alert, once in a window (default: 50,80,100)",
        HelpName = "percents",
    };

    private readonly Option<string?> forecast = new("--forecast")
    {
        Description = "Raise an alert once the pace leads beyond so many percent of the limit at the window's end",
        HelpName = "percent",
    };

    private readonly Option<string?> carryOver = new("--carry-over")
    {
        Description = "How many percent of what is left go into the next window",
        HelpName = "percent",
    };

    private readonly Option<string?> carryOverCap = new("--carry-over-cap")
    {
        Description = "The most that is carried over, in the budget's unit (default: the limit)",
        HelpName = "amount",
    };

    private readonly Option<string?> borrow = new("--borrow")
    {
        Description = "The most that a window may take from the one after it, in the budget's unit",
        HelpName = "amount",
    };

    /// <summary>Gives a command these options, and the checks that need no gateway.</summary>
    public void AddTo(Command command)
    {
        weekStart.AcceptOnlyFromAmong("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday");
        onExhausted.AcceptOnlyFromAmong("block", "alert", "downgrade", "throttle", "queue", "ask");
        foreach (var scope in scopes)
        {
            command.Options.Add(scope);
        }

        foreach (var limit in limits)
        {
            command.Options.Add(limit);
        }

        foreach (
            var option in (Option[])
                [window, name, timeZone, weekStart, yearStart, onExhausted, thresholds, forecast, carryOver, carryOverCap, borrow]
        )
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (Given(result, scopes) is not (1 or 2))
            {
                result.AddError($"Say what the budget limits, one thing or two at once: {Names(scopes)}");
            }

            if (Given(result, limits) != 1)
            {
                result.AddError($"Say one limit: {Names(limits)}");
            }

            if (result.GetResult(carryOverCap) is not null && result.GetResult(carryOver) is null)
            {
                result.AddError("--carry-over-cap needs --carry-over");
            }
        });
    }

    /// <summary>What the admin API takes.</summary>
    /// <exception cref="CliException">An option has a value that makes no sense.</exception>
    public IReadOnlyDictionary<string, string> Body(ParseResult parsed)
    {
        var body = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var scope in scopes)
        {
            Add(body, scope, parsed.GetValue(scope));
        }

        if (body.TryGetValue("tag", out var tag) && tag.IndexOf('=', StringComparison.Ordinal) < 1)
        {
            throw CliException.Usage($"--tag is name=value or name=each, not '{tag}'");
        }

        var limit = limits.Single(option => parsed.GetResult(option) is not null);
        body["unit"] = Member(limit);
        body["limit"] = ReadAmount(limit, limit, parsed.GetValue(limit)!);
        Add(body, window, ReadWindow(parsed.GetValue(window)));
        Add(body, name, parsed.GetValue(name));
        Add(body, timeZone, parsed.GetValue(timeZone));
        Add(body, weekStart, parsed.GetValue(weekStart));
        Add(body, yearStart, ReadMonth(parsed.GetValue(yearStart)));
        Add(body, onExhausted, parsed.GetValue(onExhausted));
        Add(body, thresholds, ReadPercents(parsed.GetValue(thresholds)));
        Add(body, forecast, ReadPercent(forecast, parsed.GetValue(forecast), 1000));
        Add(body, carryOver, ReadPercent(carryOver, parsed.GetValue(carryOver), 100));
        foreach (var option in (Option<string?>[])[carryOverCap, borrow])
        {
            Add(body, option, parsed.GetValue(option) is { } text ? ReadAmount(option, limit, text) : null);
        }

        return body;
    }

    private static void Add(Dictionary<string, string> body, Option option, string? value)
    {
        if (value is not null)
        {
            body[Member(option)] = value;
        }
    }

    /// <summary>An option's name in the body: <c>--carry-over-cap</c> is <c>carry_over_cap</c>.</summary>
    private static string Member(Option option) => option.Name.TrimStart('-').Replace('-', '_');

    private static int Given(CommandResult result, IEnumerable<Option> options) =>
        options.Count(option => result.GetResult(option) is not null);

    private static string Names(IEnumerable<Option> options) => string.Join(", ", options.Select(option => option.Name));

    /// <summary>Reads an amount in the unit that the limit is in.</summary>
    private static string ReadAmount(Option option, Option limit, string text)
    {
        if (limit.Name == "--usd")
        {
            return Usd.TryRead(text, out var amount)
                ? amount
                : throw CliException.Usage(
                    $"{option.Name} is a positive amount with at most nine decimals, like 200 or 0.50, not '{text}'"
                );
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) && whole > 0
            ? whole.ToString(CultureInfo.InvariantCulture)
            : throw CliException.Usage($"{option.Name} is a positive whole number, not '{text}'");
    }

    private static string? ReadWindow(string? text) =>
        text is null || WindowPattern().IsMatch(text)
            ? text
            : throw CliException.Usage(
                $"--window is one of {string.Join(", ", Windows)}, not '{text}'",
                "A length is a number and s, m, h or d: rolling:7d is the last 7 days, anchored:5h is 5 hours from the first use."
            );

    private static string? ReadMonth(int? month) =>
        month is null or (>= 1 and <= 12)
            ? month?.ToString(CultureInfo.InvariantCulture)
            : throw CliException.Usage($"--year-start is a month, 1 to 12, not '{month}'");

    private string? ReadPercents(string? text) =>
        text is null
            ? null
            : string.Join(',', text.Split(',', StringSplitOptions.TrimEntries).Select(part => ReadPercent(thresholds, part, 100)));

    private static string? ReadPercent(Option option, string? text, int most) =>
        text is null ? null
        : int.TryParse(text.TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
        && percent >= 1
        && percent <= most
            ? percent.ToString(CultureInfo.InvariantCulture)
        : throw CliException.Usage($"{option.Name} takes percentages, 1 to {most}, not '{text}'");

    [GeneratedRegex("^(?:minute|hour|day|week|month|quarter|year|lifetime|run|(?:rolling|anchored):[0-9]{1,10}[smhd])$")]
    private static partial Regex WindowPattern();
}
