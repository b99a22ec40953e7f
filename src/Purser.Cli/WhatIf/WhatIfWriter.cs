using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Cli.Output;
using Purser.Core.Pricing;
using Purser.Routing.WhatIf;

namespace Purser.Cli.WhatIf;

/// <summary>Writes what <c>auto</c> would have saved: for people, as JSON with the same figures, or the steps alone as CSV.</summary>
/// <param name="context">Where to.</param>
/// <param name="report">The figures.</param>
/// <param name="tally">What was read.</param>
/// <param name="prices">The version of the price book.</param>
internal sealed class WhatIfWriter(CliContext context, WhatIfReport report, LogTally tally, string prices)
{
    private static readonly JsonWriterOptions Json = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly IReadOnlyList<Column<Row>> Steps =
    [
        Column.Text<Row>("provider", row => row.Group?.Provider, inTable: false),
        Column.Text<Row>("model", row => row.Group?.Model),
        Column.Text<Row>("kind", row => row.Group is { } group ? WhatIfText.Name(group.Kind) : null),
        Column.Text<Row>("class", row => row.Group is { } group ? WhatIfText.Name(group.Class) : null),
        Column.Flag<Row>("sub_agent", row => row.Group?.IsSubAgent),
        Column.Count<Row>("calls", row => row.Sums.Steps),
        Column.Count<Row>("routine", row => row.Sums.Routine),
        Column.Count<Row>("input_tokens", row => row.Sums.Input),
        Column.Count<Row>("cached_input_tokens", row => row.Sums.Cached),
        Column.Count<Row>("output_tokens", row => row.Sums.Output),
        Column.Exact<Row>("cost_usd", row => Text(row.Sums.Cost)),
    ];

    private static readonly IReadOnlyList<Column<CandidateSavings>> Models =
    [
        Column.Text<CandidateSavings>("to", row => row.Candidate.Name),
        Column.Count<CandidateSavings>("calls", row => row.Steps),
        Column.Exact<CandidateSavings>("routine_runs_usd", row => WhatIfText.Show(row.Savings.RoutineRuns)),
        Column.Exact<CandidateSavings>("routine_calls_usd", row => WhatIfText.Show(row.Savings.RoutineSteps)),
        Column.Exact<CandidateSavings>("all_runs_usd", row => WhatIfText.Show(row.Savings.AllRuns)),
        Column.Exact<CandidateSavings>("all_calls_usd", row => WhatIfText.Show(row.Savings.AllSteps)),
    ];

    private IReadOnlyList<Column<(string Name, Saving Saving)>> Ends =>
        [
            Column.Text<(string Name, Saving Saving)>("auto_would_have_saved", end => end.Name),
            Column.Exact<(string Name, Saving Saving)>("usd", end => WhatIfText.Show(end.Saving.Nanos)),
            Column.Exact<(string Name, Saving Saving)>("percent", end => WhatIfText.PercentOf(end.Saving.Nanos, report.Cost)),
            Column.Exact<(string Name, Saving Saving)>(
                "95%_from",
                end => end.Saving.Sampled is { } sampled ? WhatIfText.Show(sampled.Low) : null
            ),
            Column.Exact<(string Name, Saving Saving)>(
                "95%_to",
                end => end.Saving.Sampled is { } sampled ? WhatIfText.Show(sampled.High) : null
            ),
        ];

    private IReadOnlyList<Row> Rows => [.. report.Groups.Select(group => new Row(group.Key, group.Value))];

    private Row Total
    {
        get
        {
            var total = new StepSums();
            foreach (var (_, sums) in report.Groups)
            {
                total.Steps += sums.Steps;
                total.Routine += sums.Routine;
                total.Input += sums.Input;
                total.Cached += sums.Cached;
                total.Output += sums.Output;
                total.Cost += sums.Cost;
            }
            return new(null, total);
        }
    }

    /// <summary>Writes it.</summary>
    public void Write(ListingFormat format)
    {
        switch (format)
        {
            case ListingFormat.Json:
                WriteJson();
                break;
            case ListingFormat.Csv:
                new Listing<Row>(Steps, Rows).Write(context, format);
                break;
            default:
                WriteText();
                break;
        }
    }

    private void WriteText()
    {
        new Listing<Row>(Steps, Rows)
        {
            Total = Total,
            Empty = "No calls with a price were found: say where the logs are with --claude DIR, --codex DIR or --data DIR.",
        }.Write(context, ListingFormat.Table);
        if (report.Steps > 0)
        {
            var when = report.Span is { } span ? $", {Day(span.First)} to {Day(span.Last)}" : "";
            var sessions = report.Sessions == 1 ? "session" : "sessions";
            context.Out.WriteLine();
            context.Out.WriteLine(
                $"{report.Steps} calls in {report.Sessions} {sessions}{when}, cost {WhatIfText.Show(report.Cost)} at list prices."
            );
            context.Out.WriteLine(
                $"`auto` would have saved between {WhatIfText.Show(report.Range.Low)} and {WhatIfText.Show(report.Range.High)} of that."
            );
            context.Out.WriteLine();
            (string, Saving)[] ends = [("routine only", report.Low), ("perhaps", report.Middle), ("at most", report.High)];
            new Listing<(string, Saving)>(Ends, ends).Write(context, ListingFormat.Table);
            context.Out.WriteLine();
            new Listing<CandidateSavings>(Models, report.Candidates)
            {
                Empty = "No cheaper model of the same vendor is in the price book for these calls; --to MODEL names another.",
            }.Write(context, ListingFormat.Table);
            context.Out.WriteLine();
            foreach (var sentence in WhatIfText.RestsOn(report).Append(WhatIfText.ListPrices).Append(WhatIfText.NarrowedBy))
            {
                context.Out.WriteLine(sentence);
            }
        }
        foreach (var line in WhatIfText.LeftOut(report, tally))
        {
            context.Out.WriteLine(Printable.Line(line));
        }
    }

    private void WriteJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            WriteSteps(json);
            WriteSaving(json);
            WriteCandidates(json);
            WriteLeftOut(json);
            json.WriteStartArray("rests_on");
            foreach (var sentence in WhatIfText.RestsOn(report).Append(WhatIfText.ListPrices))
            {
                json.WriteStringValue(sentence);
            }
            json.WriteEndArray();
            json.WriteString("narrowed_by", WhatIfText.NarrowedBy);
            json.WriteString("price_book_version", prices);
            json.WriteEndObject();
        }
        context.Out.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private void WriteSteps(Utf8JsonWriter json)
    {
        json.WriteStartArray("data");
        foreach (var row in Rows)
        {
            WriteRow(json, row);
        }
        json.WriteEndArray();
        json.WritePropertyName("total");
        WriteRow(json, Total);
        json.WriteNumber("sessions", report.Sessions);
        json.WriteNumber("runs", report.Runs);
        json.WriteNumber("routine_runs", report.RoutineRuns);
        json.WriteNumber("movable_calls", report.Movable);
        json.WriteString("first", report.Span is { } first ? Instant(first.First) : null);
        json.WriteString("last", report.Span is { } last ? Instant(last.Last) : null);
    }

    private static void WriteRow(Utf8JsonWriter json, Row row)
    {
        json.WriteStartObject();
        foreach (var column in Steps)
        {
            switch (column.Value(row))
            {
                case null when row.Group is null:
                    break;
                case long count:
                    json.WriteNumber(column.Name, count);
                    break;
                case bool flag:
                    json.WriteBoolean(column.Name, flag);
                    break;
                case var text:
                    json.WriteString(column.Name, text?.ToString());
                    break;
            }
        }
        json.WriteEndObject();
    }

    private void WriteSaving(Utf8JsonWriter json)
    {
        json.WriteStartObject("saving");
        foreach (var (name, saving) in ((string, Saving)[])[("low", report.Low), ("middle", report.Middle), ("high", report.High)])
        {
            json.WriteStartObject(name);
            json.WriteString("usd", Text(saving.Nanos));
            json.WriteString("percent", WhatIfText.PercentOf(saving.Nanos, report.Cost));
            json.WriteString("sampled_low_usd", saving.Sampled is { } low ? Text(low.Low) : null);
            json.WriteString("sampled_high_usd", saving.Sampled is { } high ? Text(high.High) : null);
            json.WriteEndObject();
        }
        json.WriteStartObject("interval");
        json.WriteString("low_usd", Text(report.Range.Low));
        json.WriteString("high_usd", Text(report.Range.High));
        json.WriteEndObject();
        json.WriteString("middle_share", report.Share.ToString(CultureInfo.InvariantCulture));
        WriteWays(json, "ways", report.Ways);
        json.WriteEndObject();
    }

    private static void WriteWays(Utf8JsonWriter json, string name, Savings ways)
    {
        json.WriteStartObject(name);
        json.WriteString("routine_runs_usd", Text(ways.RoutineRuns));
        json.WriteString("routine_calls_usd", Text(ways.RoutineSteps));
        json.WriteString("all_runs_usd", Text(ways.AllRuns));
        json.WriteString("all_calls_usd", Text(ways.AllSteps));
        json.WriteEndObject();
    }

    private void WriteCandidates(Utf8JsonWriter json)
    {
        json.WriteStartArray("candidates");
        foreach (var candidate in report.Candidates)
        {
            json.WriteStartObject();
            json.WriteString("to", candidate.Candidate.Name);
            json.WriteNumber("calls", candidate.Steps);
            WriteWays(json, "saving", candidate.Savings);
            json.WriteStartArray("tokenizer_unknown_for");
            foreach (var model in candidate.Unknown)
            {
                json.WriteStringValue(model);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteLeftOut(Utf8JsonWriter json)
    {
        json.WriteStartArray("unpriced");
        foreach (var (found, steps) in report.Unpriced)
        {
            json.WriteStartObject();
            json.WriteString("provider", found.Provider);
            json.WriteString("model", found.Model);
            json.WriteNumber("calls", steps);
            json.WriteString("why", found.Why);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("read");
        json.WriteNumber("files", tally.Files);
        json.WriteNumber("unreadable_files", tally.UnreadableFiles);
        json.WriteNumber("bad_lines", tally.BadLines);
        json.WriteNumber("unfinished_files", tally.Unfinished);
        json.WriteNumber("repeated_calls", tally.Repeated);
        json.WriteNumber("synthetic_answers", tally.Synthetic);
        json.WriteNumber("unusable_usage", tally.BadUsage);
        json.WriteNumber("not_text", tally.NotText);
        json.WriteEndObject();
    }

    private static string Text(long nanos) => new Money(nanos).ToString();

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private sealed record Row(StepGroup? Group, StepSums Sums);
}
