using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser router slices|promote|restore</c>: how well models do what they are let into, and how far that is.</summary>
internal static class RouterSlicesCommand
{
    private static readonly IReadOnlyList<Column<SliceView>> Columns =
    [
        Column.Text<SliceView>("id", slice => slice.Id),
        Column.Text<SliceView>("class", slice => slice.Class),
        Column.Text<SliceView>("model", slice => slice.Model),
        Column.Text<SliceView>("application", slice => slice.Application),
        Column.Text<SliceView>("stage", slice => slice.Stage),
        Column.Count<SliceView>("served", slice => slice.Served),
        Column.Count<SliceView>("floor_percent", slice => slice.FloorPercent),
        Column.Count<SliceView>("evaluations", slice => slice.Evaluations),
        Column.Exact<SliceView>("quality", slice => Share(slice.Quality)),
        Column.Exact<SliceView>("quality_low", slice => Share(slice.QualityLow)),
        Column.Exact<SliceView>("quality_high", slice => Share(slice.QualityHigh)),
        Column.Exact<SliceView>("confidence", slice => Share(slice.Confidence), inTable: false),
        Column.Text<SliceView>("since", slice => slice.Since),
        Column.Text<SliceView>("by", slice => slice.By, inTable: false),
        Column.Text<SliceView>("predictor_version", slice => slice.PredictorVersion, inTable: false),
        Column.Text<SliceView>("record", slice => slice.Record?.GetRawText(), inTable: false),
    ];

    /// <summary><c>slices</c>.</summary>
    public static Command List(CliContext context)
    {
        var from = new Option<string?>("--from")
        {
            Description = "Since when requests are counted: a date, a time or a span back (7d, 12h; default 30d)",
        };
        var format = FormatOption.Create();
        var command = new Command("slices", "How well each model does the kinds of request that it's let into, and how far that is.")
        {
            from,
            format,
        };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var since = parsed.GetValue(from) is { } text
                    ? $"?from={TimeText.Write(TimeText.Read(text, context.Time.GetUtcNow(), TimeText.Direction.BackToStart, "--from"))}"
                    : "";
                using var client = admin.Connect(parsed);
                var slices = await client.ListAsync<SliceView>($"router/slices{since}", cancellationToken);
                new Listing<SliceView>(Columns, slices) { Empty = "No model took a request from the reference (docs/router.md)." }.Write(
                    context,
                    parsed.GetValue(format)
                );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary><c>promote</c>.</summary>
    public static Command Promote(CliContext context) =>
        Change(
            context,
            "promote",
            "Let a model that is on trial into all of a slice's requests, where what was judged of it shows that it may."
        );

    /// <summary><c>restore</c>.</summary>
    public static Command Restore(CliContext context) =>
        Change(context, "restore", "Put a model that was reverted on trial again. What was served before counts no more.");

    private static Command Change(CliContext context, string name, string description)
    {
        var id = new Argument<string>("slice") { Description = "The slice's id: sl_…, from `purser router slices`" };
        var format = FormatOption.Create();
        var command = new Command(name, description) { id, format };
        var approver = Approver.AddTo(command, context);
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var path = $"router/slices/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/{name}";
                var slice = await client.SendAsync<SliceView>(HttpMethod.Post, path, new { By = approver.Name(parsed) }, cancellationToken);
                new Listing<SliceView>(Columns, [slice]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static string? Share(double? share) => share?.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>A slice, as the gateway shows it.</summary>
    private sealed record SliceView(
        string Id,
        string Class,
        string Model,
        string Application,
        string Stage,
        long? Served,
        long? FloorPercent,
        long Evaluations,
        double? Quality,
        double? QualityLow,
        double? QualityHigh,
        double? Confidence,
        string? PredictorVersion,
        string? Since,
        string? By,
        JsonElement? Record
    );
}
