using System.CommandLine;
using System.Text;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Router;

namespace Purser.Cli.Commands;

/// <summary><c>purser router outcomes --output FILE</c>: what the ledger knows of how good answers were, as rows that <c>router train</c> takes.</summary>
internal static class RouterOutcomesCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var (from, to) = ReportCommand.TimeOptions();
        var output = new Option<string>("--output")
        {
            Description = "the file to write: one JSON object a line",
            HelpName = "FILE",
            Required = true,
        };
        var prompts = new Option<string?>("--prompts")
        {
            Description = "JSON lines with id (the request's: req_…) and prompt: the gateway keeps no prompts",
            HelpName = "FILE",
        };
        var sources = new Option<string>("--sources")
        {
            Description = $"Whose word counts, the first before the others: {string.Join(",", LedgerOutcomes.Sources)}",
            HelpName = "list",
            DefaultValueFactory = _ => string.Join(',', LedgerOutcomes.Sources),
        };
        var command = new Command("outcomes", "Write what the ledger knows of how good answers were, for router train.")
        {
            from,
            to,
            output,
            prompts,
            sources,
        };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var brought = parsed.GetValue(prompts) is { } file ? LedgerOutcomes.ReadPrompts(context, file) : null;
                var outcomes = new LedgerOutcomes(brought, ReadSources(parsed.GetRequiredValue(sources)));
                var query = string.Join('&', ReportCommand.Times(context, parsed.GetValue(from), parsed.GetValue(to)));
                using var client = admin.Connect(parsed);
                var lines = client.LinesAsync($"router/outcomes?{query}", cancellationToken);
                var rows = await WriteAsync(context.FullPath(parsed.GetRequiredValue(output)), lines, outcomes);
                context.Out.WriteLine($"Rows written: {rows}.");
                WriteLeftOut(context, outcomes);
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static async Task<int> WriteAsync(string file, IAsyncEnumerable<JsonDocument> lines, LedgerOutcomes outcomes)
    {
        await using var writer = new StreamWriter(file, append: false, new UTF8Encoding(false));
        var rows = 0;
        await foreach (var line in lines)
        {
            using (line)
            {
                if (outcomes.RowOf(line.RootElement) is { } row)
                {
                    await writer.WriteLineAsync(row.ToJsonString());
                    rows++;
                }
            }
        }

        return rows;
    }

    private static void WriteLeftOut(CliContext context, LedgerOutcomes outcomes)
    {
        if (outcomes.Unsaid > 0)
        {
            context.Error.WriteLine($"Requests left out, because nothing that counts was said of them: {outcomes.Unsaid}.");
        }

        if (outcomes.WithoutPrompt > 0)
        {
            context.Error.WriteLine(
                $"Requests left out, because nothing is known of their prompts: {outcomes.WithoutPrompt}. Bring them with --prompts, or have the gateway keep_features (docs/router.md)."
            );
        }
    }

    private static string[] ReadSources(string text)
    {
        var sources = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return sources.FirstOrDefault(source => !LedgerOutcomes.Sources.Contains(source)) is { } unknown
                ? throw CliException.Usage($"--sources doesn't know '{unknown}'", $"It knows {string.Join(", ", LedgerOutcomes.Sources)}.")
            : sources.Length == 0 ? throw CliException.Usage("--sources is empty")
            : sources;
    }
}
