using System.CommandLine;
using System.Globalization;
using Purser.Cli.Commands;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Cli.Upstream;
using Purser.Core.Pricing;

namespace Purser.Cli.Hammer;

/// <summary>The options of <c>hammer</c>, and what they say.</summary>
internal sealed class HammerOptions
{
    /// <summary>The gateway.</summary>
    public Argument<string> Url { get; } =
        new("url") { Description = "The gateway, as OpenAI clients have it: http://127.0.0.1:4100/v1 (/v1 where there is no path)" };

    /// <summary>The key.</summary>
    public Option<string?> Key { get; } = new("--key") { Description = "A key of the gateway's, with an unspent budget (or PURSER_KEY)" };

    /// <summary>Its budget.</summary>
    public Option<string> Budget { get; } =
        new("--budget")
        {
            Description = "The budget that the gateway was given for the key, in USD",
            HelpName = "usd",
            Required = true,
        };

    /// <summary>How many callers.</summary>
    public Option<int> Parallel { get; } = AtLeast("--parallel", 1, 64, "How many callers at once");

    /// <summary>The model.</summary>
    public Option<string> Model { get; } =
        new("--model") { Description = "The model to ask for, by the gateway's name for it", DefaultValueFactory = _ => "gpt-5-mini" };

    /// <summary>The most requests.</summary>
    public Option<int> Requests { get; } = AtLeast("--requests", 1, 20_000, "The most requests that are sent");

    /// <summary>The limit of an answer.</summary>
    public Option<int> MaxTokens { get; } = AtLeast("--max-tokens", 1, 200, "The limit of each answer; up to 2048 it is used up");

    /// <summary>How many callers leave.</summary>
    public Option<int> Disconnects { get; } =
        AtLeast("--disconnects", 0, 0, "How many of a hundred callers leave in the middle", "percent");

    /// <summary>The upstream's port.</summary>
    public Option<int> UpstreamPort { get; } =
        AtLeast("--upstream-port", 1, HammerCommand.DefaultUpstreamPort, "Where the counting upstream listens", "port");

    /// <summary>The upstream's address.</summary>
    public Option<string> UpstreamAddress { get; } =
        new("--upstream-address")
        {
            Description = "The IP address that the counting upstream listens on; 0.0.0.0 for a gateway in a container",
            HelpName = "ip",
            DefaultValueFactory = _ => "127.0.0.1",
        };

    /// <summary>The upstream's pace.</summary>
    public Option<string> Latency { get; } =
        new("--latency")
        {
            Description = "How slow the upstream is: a profile (docs/simulator.md)",
            HelpName = "profile",
            DefaultValueFactory = _ => "fast",
        };

    /// <summary>What leaving costs.</summary>
    public Option<string?> BillAfterCancel { get; } = SimulateCommand.BillAfterCancelOption();

    /// <summary>Hidden thinking.</summary>
    public Option<string?> Thinking { get; } = SimulateCommand.ThinkingOption();

    /// <summary>The price of a prompt.</summary>
    public Option<string?> InputRate { get; } =
        new("--input-usd-per-million")
        {
            Description = "What a million prompt tokens cost, for a model without a list price",
            HelpName = "usd",
        };

    /// <summary>The price of an answer.</summary>
    public Option<string?> OutputRate { get; } =
        new("--output-usd-per-million") { Description = "What a million output tokens cost", HelpName = "usd" };

    /// <summary>The price files.</summary>
    public Option<string?> Prices { get; } = PricesCommand.PricesOption();

    /// <summary>The seed.</summary>
    public Option<int> Seed { get; } = AtLeast("--seed", 0, 1, "What requests and departures are drawn from");

    /// <summary>The listing's format.</summary>
    public Option<ListingFormat> Format { get; } = FormatOption.Create();

    /// <summary>What is to be sent.</summary>
    /// <exception cref="CliException">An option is wrong.</exception>
    public HammerLoad ReadLoad(ParseResult parsed, CliContext context)
    {
        var disconnects = parsed.GetValue(Disconnects);
        return new HammerLoad(
            ReadEndpoint(parsed.GetRequiredValue(Url)),
            parsed.GetValue(Key)
                ?? context.Variable("PURSER_KEY")
                ?? throw CliException.Usage("hammer needs a key of the gateway's", "Pass --key KEY or set PURSER_KEY."),
            parsed.GetRequiredValue(Model),
            parsed.GetValue(Parallel),
            parsed.GetValue(Requests),
            parsed.GetValue(MaxTokens),
            disconnects <= 100 ? disconnects : throw CliException.Usage("--disconnects is at most 100"),
            parsed.GetValue(Seed)
        );
    }

    /// <summary>The budget.</summary>
    /// <exception cref="CliException">It isn't an amount.</exception>
    public Money ReadBudget(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(Budget);
        return Usd.TryRead(text, out var amount)
            ? Money.FromUsdRoundedUp(decimal.Parse(amount, CultureInfo.InvariantCulture))
            : throw CliException.Usage($"--budget is an amount in dollars, like 1 or 0.25, not '{text}'");
    }

    /// <summary>The prices that the upstream's bill is worked out with.</summary>
    /// <exception cref="CliException">There is no price for the model.</exception>
    public UpstreamPrices ReadPrices(ParseResult parsed, CliContext context)
    {
        var (input, output) = (ReadRate(parsed, InputRate), ReadRate(parsed, OutputRate));
        if (input is null != output is null)
        {
            throw CliException.Usage("--input-usd-per-million and --output-usd-per-million go together");
        }

        var book = PriceFiles.Load(context, parsed.GetValue(Prices));
        var prices = new UpstreamPrices(book, input is { } rate ? new FlatRates(rate, output!.Value) : null);
        var model = parsed.GetRequiredValue(Model);
        // A gateway's name for a model is often provider/model; what it asks the upstream for is what is billed.
        return prices.Knows("openai", model.Split('/')[^1], context.Time.GetUtcNow())
            ? prices
            : throw CliException.Usage(
                $"the price book has no price for '{model}'",
                "Say what it costs with --input-usd-per-million and --output-usd-per-million."
            );
    }

    private static Uri ReadEndpoint(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw CliException.Usage($"the gateway is a URL like http://127.0.0.1:4100/v1, not '{text}'");
        }

        var path = url.AbsolutePath.TrimEnd('/');
        return new Uri(url.GetLeftPart(UriPartial.Authority) + (path.Length == 0 ? "/v1" : path) + "/chat/completions");
    }

    private static decimal? ReadRate(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is not { } text ? null
        : decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) && rate <= 1_000_000m ? rate
        : throw CliException.Usage($"{option.Name} is an amount in dollars, like 0.25, not '{text}'");

    private static Option<int> AtLeast(string name, int least, int standard, string description, string helpName = "n")
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => standard,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var given) && given < least)
            {
                result.AddError($"{name} is at least {least}");
            }
        });
        return option;
    }
}
