using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser router load</c>: a running gateway reads its model file anew.</summary>
internal static class RouterLoadCommand
{
    private static readonly IReadOnlyList<Column<PromiseView>> Columns =
    [
        Column.Text<PromiseView>("policy", promise => promise.Policy),
        Column.Text<PromiseView>("reference", promise => promise.Reference),
        Column.Text<PromiseView>("class", promise => promise.Class),
        Column.Count<PromiseView>("n", promise => promise.N),
        Column.Exact<PromiseView>("epsilon", promise => Text(promise.Epsilon)),
        Column.Exact<PromiseView>("delta", promise => Text(promise.Delta)),
        Column.Exact<PromiseView>("share_down", promise => Text(promise.ShareDown)),
        Column.Exact<PromiseView>("risk", promise => Text(promise.Risk)),
        Column.Exact<PromiseView>("bound", promise => Text(promise.Bound)),
        Column.Text<PromiseView>("declined", promise => promise.Declined),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("load", "Have a running gateway read its router model anew, and say what it promises by it.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var loaded = await client.SendAsync<LoadedView>(HttpMethod.Post, "router/load", null, cancellationToken);
                var shown = parsed.GetValue(format);
                if (shown == ListingFormat.Table)
                {
                    context.Out.WriteLine(
                        $"In force: predictor {loaded.PredictorVersion[..Math.Min(12, loaded.PredictorVersion.Length)]}, thresholds {loaded.EvidenceVersion}, "
                            + $"by {loaded.HeldOut.ToString(CultureInfo.InvariantCulture)} held-out rows."
                    );
                    if (loaded.Unknown.Count > 0)
                    {
                        context.Out.WriteLine(
                            $"It has learned nothing of {string.Join(", ", loaded.Unknown.Select(Printable.Line))}: see learned_as in docs/router.md."
                        );
                    }

                    context.Out.WriteLine();
                }

                new Listing<PromiseView>(Columns, loaded.Data)
                {
                    Empty = "It has no held-out rows: everything stays with the reference.",
                }.Write(context, shown);
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static string? Text(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture);

    private sealed record LoadedView(
        string PredictorVersion,
        string EvidenceVersion,
        long HeldOut,
        IReadOnlyList<string> Unknown,
        IReadOnlyList<PromiseView> Data
    );

    private sealed record PromiseView(
        string Policy,
        string Reference,
        string Class,
        long N,
        double Epsilon,
        double Delta,
        double? ShareDown,
        double? Risk,
        double? Bound,
        string? Declined
    );
}
