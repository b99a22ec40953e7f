using System.Globalization;
using System.Text.Json.Nodes;
using Purser.Cli.Output;
using Purser.Core.Pricing;
using Purser.Routing.Hindsight;

namespace Purser.Cli.Router;

/// <summary>Writes what another policy would have done with the past: for people, as JSON with the same figures, or the flows alone as CSV.</summary>
internal sealed class PolicyReplayWriter(CliContext context, PolicyReplayReport report, OtherPolicy policy)
{
    private static readonly string[] RestsOn =
    [
        "Costs are the estimates by which requests were routed, not bills: a model that wasn't asked has none.",
        "How good answers would have been is what the predictor of that time expected, not what anyone saw; what it didn't know it didn't expect.",
        "A request that goes elsewhere leaves another prompt cache warm: of a session's later requests that isn't counted.",
        "The ranges are a bootstrap of whole sessions: how far the figures may be off for other sessions like these.",
    ];

    private static readonly IReadOnlyList<Column<ReplayedFlow>> Columns =
    [
        Column.Text<ReplayedFlow>("went_to", flow => flow.Served),
        Column.Text<ReplayedFlow>("would_go_to", flow => flow.Chosen),
        Column.Text<ReplayedFlow>("class", flow => flow.Class),
        Column.Count<ReplayedFlow>("requests", flow => flow.Requests),
        Column.Exact<ReplayedFlow>("cost_usd", flow => flow.Cost.ToString()),
        Column.Exact<ReplayedFlow>("expected_change_usd", flow => flow.Change.ToString()),
        Column.Exact<ReplayedFlow>("good", flow => Share(flow.Good)),
        Column.Exact<ReplayedFlow>("would_be_good", flow => Share(flow.OtherGood)),
    ];

    /// <summary>Writes it.</summary>
    public void Write(ListingFormat format)
    {
        if (format == ListingFormat.Json)
        {
            context.Out.WriteLine(Json().ToJsonString());
            return;
        }

        new Listing<ReplayedFlow>(Columns, report.Flows) { Empty = "No request of that time can be seen with this policy." }.Write(
            context,
            format
        );
        if (format == ListingFormat.Table)
        {
            WriteText(context.Out);
        }
    }

    private static string? Share(double? share) => share?.ToString("0.0000", CultureInfo.InvariantCulture);

    private void WriteText(TextWriter output)
    {
        output.WriteLine();
        if (report.Requests > 0)
        {
            var range = report.ChangeRange is { } interval ? $" ({new Money(interval.Low)} to {new Money(interval.High)}, 95 %)" : "";
            output.WriteLine(
                $"{report.Requests} requests of {report.Sessions} sessions cost ${report.Cost}. With a floor of {policy.FloorPercent} and the"
            );
            output.WriteLine(
                $"reference {policy.Reference} they would have been expected to cost ${report.Change} more{range}; less is below 0."
            );
        }

        if (report is { Good: { } good, OtherGood: { } other })
        {
            var range = report.OtherGoodRange is { } shares
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $" (a change of {shares.Low:+0.00%;-0.00%} to {shares.High:+0.00%;-0.00%}, 95 %)"
                )
                : "";
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Of {report.Compared} of them {good:0.0%} of the answers were expected to be good, and {other:0.0%} would have been{range}."
                )
            );
        }

        foreach (var sentence in RestsOn)
        {
            output.WriteLine(sentence);
        }

        foreach (var (what, requests) in report.Unknown)
        {
            output.WriteLine(Printable.Line($"Not known of {requests}: {what}."));
        }
    }

    private JsonObject Json() =>
        new()
        {
            ["requests"] = report.Requests,
            ["sessions"] = report.Sessions,
            ["cost_usd"] = report.Cost.ToString(),
            ["expected_change_usd"] = report.Change.ToString(),
            ["expected_change_low_usd"] = report.ChangeRange is { } low ? new Money(low.Low).ToString() : null,
            ["expected_change_high_usd"] = report.ChangeRange is { } high ? new Money(high.High).ToString() : null,
            ["compared"] = report.Compared,
            ["good"] = report.Good,
            ["would_be_good"] = report.OtherGood,
            ["good_change_low"] = report.OtherGoodRange?.Low,
            ["good_change_high"] = report.OtherGoodRange?.High,
            ["data"] = new JsonArray([
                .. report.Flows.Select(flow => new JsonObject
                {
                    ["went_to"] = flow.Served,
                    ["would_go_to"] = flow.Chosen,
                    ["class"] = flow.Class,
                    ["requests"] = flow.Requests,
                    ["cost_usd"] = flow.Cost.ToString(),
                    ["expected_change_usd"] = flow.Change.ToString(),
                    ["good"] = flow.Good,
                    ["would_be_good"] = flow.OtherGood,
                }),
            ]),
            ["unknown"] = new JsonArray([
                .. report.Unknown.Select(unknown => new JsonObject { ["what"] = unknown.What, ["requests"] = unknown.Requests }),
            ]),
            ["rests_on"] = new JsonArray([.. RestsOn.Select(sentence => (JsonNode)sentence)]),
        };
}
