using System.CommandLine;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Cli.WhatIf;
using Purser.Core.Pricing;
using Purser.Routing.WhatIf;

namespace Purser.Cli.Commands;

/// <summary><c>purser router whatif</c>: what <c>auto</c> would have saved on what agents did. Works without a gateway.</summary>
internal static class RouterWhatIfCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context) => new Invocation(context).Command;

    private sealed class Invocation
    {
        private readonly CliContext context;
        private readonly Option<string[]> claude = Folders("--claude", "Claude Code's logs: its folder, or any with *.jsonl");
        private readonly Option<string[]> codex = Folders("--codex", "Codex's logs: its folder, or any with *.jsonl");
        private readonly Option<string?> data = new("--data")
        {
            Description = "A gateway's data folder, which is only read",
            HelpName = "dir",
        };
        private readonly Option<string?> since = new("--since")
        {
            Description = "From when: a date, a time or a span back (7d)",
            HelpName = "time",
        };
        private readonly Option<string?> until = new("--until") { Description = "Until when; a date is included", HelpName = "time" };
        private readonly Option<string[]> to = new("--to")
        {
            Description = "Price the steps on this model (PROVIDER/MODEL, or a model of one provider) and no other; may be given again",
            HelpName = "model",
        };
        private readonly Option<decimal> share = new("--share")
        {
            Description = "Which part of the way from the low to the high end the middle is, 0 to 1",
            HelpName = "number",
            DefaultValueFactory = _ => WhatIfAnalysis.DefaultShare,
        };
        private readonly Option<ulong> seed = new("--seed")
        {
            Description = "The seed of the bootstrap",
            HelpName = "number",
            DefaultValueFactory = _ => 1,
        };
        private readonly Option<string?> prices = PricesCommand.PricesOption();
        private readonly Option<ListingFormat> format = FormatOption.Create();

        public Invocation(CliContext context)
        {
            this.context = context;
            share.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<decimal>() is < 0 or > 1)
                {
                    result.AddError("--share is from 0 to 1");
                }
            });
            Command = new(
                "whatif",
                "What `auto` would have saved: reads coding agents' session logs (and a gateway's ledger), keeps and prints nothing that was said."
            )
            {
                claude,
                codex,
                data,
                since,
                until,
                to,
                share,
                seed,
                prices,
                format,
            };
            Command.SetAction(Run);
        }

        public Command Command { get; }

        private int Run(ParseResult parsed)
        {
            var now = context.Time.GetUtcNow();
            var book = PriceFiles.Load(context, parsed.GetValue(prices));
            var named = (parsed.GetValue(to) ?? []).Select(name => new Candidate(ModelNamed(book, name))).ToList();
            var tally = new LogTally();
            var steps = Read(parsed, tally);
            var first = Time(parsed.GetValue(since), TimeText.Direction.BackToStart, "--since");
            var end = Time(parsed.GetValue(until), TimeText.Direction.BackToEnd, "--until");
            var analysis = new WhatIfAnalysis(book, named.Count > 0 ? named : Candidates.SmallerTiersIn(book), named.Count > 0, now);
            var report = analysis.Run(
                steps.Where(step => (first is null || step.At >= first) && (end is null || step.At < end)),
                parsed.GetValue(share),
                parsed.GetValue(seed)
            );
            new WhatIfWriter(context, report, tally, book.Version).Write(parsed.GetValue(format));
            return ExitCode.Ok;

            DateTimeOffset? Time(string? given, TimeText.Direction direction, string option) =>
                given is null ? null : TimeText.Read(given, now, direction, option);
        }

        // The usual folders are looked into where none is named.
        private List<AgentStep> Read(ParseResult parsed, LogTally tally)
        {
            var (claudes, codexes, folder) = (Given(parsed, claude), Given(parsed, codex), parsed.GetValue(data));
            if (claudes.Count + codexes.Count == 0 && folder is null)
            {
                claudes = [.. LogFiles.ClaudeFolders(context)];
                codexes = [LogFiles.CodexFolder(context)];
            }
            var fromClaude = new ClaudeCodeLog(tally);
            foreach (var file in claudes.SelectMany(path => LogFiles.In(path, "projects")))
            {
                fromClaude.Read(file);
            }
            var fromCodex = new CodexLog(tally);
            foreach (var file in codexes.SelectMany(path => LogFiles.In(path, "sessions", "archived_sessions")))
            {
                fromCodex.Read(file);
            }
            List<AgentStep> steps = [.. fromClaude.Steps, .. fromCodex.Steps];
            if (folder is not null)
            {
                var known = fromClaude.Requests.ToHashSet(StringComparer.Ordinal);
                steps.AddRange(LedgerSteps.Read(LedgerCommand.ExistingFolder(context, folder), known, tally));
            }
            return steps;
        }

        private List<string> Given(ParseResult parsed, Option<string[]> option)
        {
            var folders = (parsed.GetValue(option) ?? []).Select(context.FullPath).ToList();
            return folders.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing
                ? throw CliException.Usage($"there is no folder {missing}", $"Name the folder that has the logs: {option.Name} DIR.")
                : folders;
        }

        private static PricedModel ModelNamed(PriceBook book, string name)
        {
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0 && book.FindModel(name[..slash], name[(slash + 1)..]) is { } model)
            {
                return model;
            }
            var found = book
                .Models.Select(one => one.Provider)
                .Distinct()
                .Select(one => book.FindModel(one, name))
                .OfType<PricedModel>()
                .ToList();
            return found.Count switch
            {
                1 => found[0],
                0 => throw CliException.Usage(
                    $"--to {name}: the price book has no such model",
                    "`./purser prices list --model PART` shows what it has."
                ),
                _ => throw CliException.Usage(
                    $"--to {name} is a model of several providers",
                    $"Name one: {string.Join(", ", found.Select(one => $"{one.Provider}/{one.Id}"))}."
                ),
            };
        }

        private static Option<string[]> Folders(string name, string description) =>
            new(name) { Description = description, HelpName = "dir" };
    }
}
