using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser apply FILE</c>: makes accounts, keys and budgets as a document has them, after showing the difference.</summary>
internal static class ApplyCommand
{
    private static readonly IReadOnlyList<Column<Change>> Columns =
    [
        Column.Text<Change>("action", change => change.View.Action),
        Column.Text<Change>("kind", change => change.View.Kind),
        Column.Text<Change>("name", change => change.View.Name),
        Column.Text<Change>("detail", change => change.View.Detail),
        Column.Text<Change>("key", change => change.Key, inTable: false),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var file = new Argument<string>("file") { Description = "The YAML document; - reads standard input" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show the changes, and make none. Exits 1 where there are some" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Make them without asking" };
        var format = FormatOption.Create();
        var command = new Command("apply", "Make accounts, keys and budgets as a document has them.") { file, dryRun, yes, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var name = parsed.GetRequiredValue(file);
                var document = await ReadAsync(context, name, cancellationToken);
                using var client = admin.Connect(parsed);
                var plan = await ApplyAsync(context, client, name, document, dryRun: true, cancellationToken);
                var changes = plan.Changes.Where(change => change.Action != "none").ToList();
                if (parsed.GetValue(dryRun))
                {
                    WriteChanges(context, plan, parsed.GetValue(format));
                    return changes.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
                }

                if (changes.Count > 0 && !parsed.GetValue(yes))
                {
                    Confirm(context, changes);
                }

                var done = await ApplyAsync(context, client, name, document, dryRun: false, cancellationToken);
                WriteChanges(context, done, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static async Task<ApplyView> ApplyAsync(
        CliContext context,
        AdminClient client,
        string name,
        string document,
        bool dryRun,
        CancellationToken cancellationToken
    )
    {
        var (done, mistakes) = await client.ApplyAsync(document, dryRun, cancellationToken);
        if (done is not null)
        {
            return done;
        }

        // Every mistake at once, each as FILE:LINE:COLUMN, which editors turn into a link.
        var errors = mistakes!.Errors!;
        foreach (var error in errors)
        {
            context.Error.WriteLine($"{Printable.Line(name)}:{error.Line}:{error.Column}: {Printable.Line(error.Message)}");
            if (error.Suggestion is { Length: > 0 } suggestion)
            {
                context.Error.WriteLine($"  → {Printable.Line(suggestion)}");
            }
        }

        throw CliException.Usage($"{name} has {errors.Count} {(errors.Count == 1 ? "mistake" : "mistakes")}; nothing was changed");
    }

    private static void WriteChanges(CliContext context, ApplyView done, ListingFormat format)
    {
        var keys = done.Keys ?? [];
        var changes = done
            .Changes.Where(change => change.Action != "none")
            .Select(change => new Change(
                change,
                change is { Kind: "key", Action: "create" } ? keys.FirstOrDefault(key => key.Name == change.Name)?.Key : null
            ))
            .ToList();
        new Listing<Change>(Columns, changes) { Empty = "Nothing to change: everything is as the document has it." }.Write(context, format);
        if (format != ListingFormat.Table || keys.Count == 0)
        {
            return;
        }

        context.Out.WriteLine();
        context.Out.WriteLine("Keys made, each shown this once:");
        foreach (var key in keys)
        {
            context.Out.WriteLine($"  {Printable.Line(key.Name)}  {key.Key}");
        }
    }

    private static void Confirm(CliContext context, IReadOnlyList<ChangeView> changes)
    {
        foreach (var change in changes)
        {
            context.Error.WriteLine(
                $"  {change.Action} {change.Kind} {Printable.Line(change.Name)}  {Printable.Line(change.Detail ?? "")}".TrimEnd()
            );
        }

        if (context.Input is null)
        {
            throw CliException.Usage(
                "nobody is here to confirm the changes; nothing was changed",
                "Pass --yes to make them without asking."
            );
        }

        context.Error.Write($"Make {changes.Count} {(changes.Count == 1 ? "change" : "changes")}? [y/N] ");
        if (context.Input.ReadLine()?.Trim().ToUpperInvariant() is not ("Y" or "YES"))
        {
            throw CliException.Failed("nothing was changed");
        }
    }

    private static async Task<string> ReadAsync(CliContext context, string name, CancellationToken cancellationToken)
    {
        if (name == "-")
        {
            return await Console.In.ReadToEndAsync(cancellationToken);
        }

        var path = context.FullPath(name);
        return File.Exists(path)
            ? await File.ReadAllTextAsync(path, cancellationToken)
            : throw CliException.Usage($"there is no file {path}");
    }

    private sealed record Change(ChangeView View, string? Key);
}
