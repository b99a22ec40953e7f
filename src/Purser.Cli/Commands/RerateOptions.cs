using System.CommandLine;
using Purser.Cli.Api;

namespace Purser.Cli.Commands;

/// <summary>The options of <c>purser ledger rerate</c> that say which attempts are meant, and what for.</summary>
internal sealed class RerateOptions
{
    private readonly CliContext context;
    private readonly Option<string> from = new("--from")
    {
        Description = "Attempts admitted from then on: a date, a time or a span back (7d, 12h). Times are UTC",
        Required = true,
    };
    private readonly Option<string> to = new("--to") { Description = "Until when; a date is included", Required = true };
    private readonly Option<string?> provider = new("--provider")
    {
        Description = "Only what went to this provider of purser.yml",
        HelpName = "name",
    };
    private readonly Option<string?> model = new("--model")
    {
        Description = "Only this model, by the name that the provider was asked for",
        HelpName = "name",
    };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Show what would be posted, and post nothing" };
    private readonly Option<string?> reason = new("--reason") { Description = "Why; each correction keeps it", HelpName = "text" };

    private RerateOptions(CliContext context) => this.context = context;

    /// <summary>Gives a command the options.</summary>
    public static RerateOptions AddTo(Command command, CliContext context)
    {
        var options = new RerateOptions(context);
        foreach (var option in (Option[])[options.from, options.to, options.provider, options.model, options.dryRun, options.reason])
        {
            command.Options.Add(option);
        }

        return options;
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="CliException">A time is none.</exception>
    public RerateRequest Read(ParseResult parsed)
    {
        var now = context.Time.GetUtcNow();
        return new RerateRequest
        {
            From = TimeText.Write(TimeText.Read(parsed.GetRequiredValue(from), now, TimeText.Direction.BackToStart, "--from")),
            To = TimeText.Write(TimeText.Read(parsed.GetRequiredValue(to), now, TimeText.Direction.BackToEnd, "--to")),
            Provider = parsed.GetValue(provider),
            Model = parsed.GetValue(model),
            DryRun = parsed.GetValue(dryRun),
            Reason = parsed.GetValue(reason),
        };
    }
}
