using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Gateway.Admin;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Evaluations;

/// <summary>How slices do, and their promotion and reopening by hand.</summary>
internal static class SliceEndpoints
{
    // With what confidence a promotion's bound has to hold, and how old its evidence may be.
    private const double Delta = 0.05;

    private static readonly TimeSpan OldestEvidence = TimeSpan.FromDays(90);
    private static readonly TimeSpan UsualSpan = TimeSpan.FromDays(30);

    public static void Map(IEndpointRouteBuilder admin, AdminContext context)
    {
        AdminEndpoints.Handle(admin, "GET", "/router/slices", context, http => ListAsync(context, http));
        AdminEndpoints.Handle(admin, "POST", "/router/slices/{id}/restore", context, http => ChangeAsync(context, http, Restored));
        AdminEndpoints.Handle(admin, "POST", "/router/slices/{id}/promote", context, http => ChangeAsync(context, http, Promoted));
        AdminEndpoints.Handle(admin, "GET", "/router/outcomes", context, http => OutcomesAsync(context, http));
    }

    private static async Task<object?> OutcomesAsync(AdminContext context, HttpContext http)
    {
        var query = http.Request.Query;
        var from = ReportEndpoints.Instant(query["from"], "from") is { } first ? JournalWriter.Microseconds(first) : long.MinValue;
        var to = ReportEndpoints.Instant(query["to"], "to") is { } end ? JournalWriter.Microseconds(end) : long.MaxValue;
        await context.Store.FlushAsync();
        var lines = context.Store.Read(connection => OutcomeLines.Read(connection, from, to).ToList());
        http.Response.ContentType = "application/x-ndjson";
        await using var writer = new StreamWriter(http.Response.Body, leaveOpen: true);
        foreach (var line in lines)
        {
            await writer.WriteLineAsync(line.ToJsonString());
        }

        return null;
    }

    private static async Task<object?> ListAsync(AdminContext context, HttpContext http)
    {
        await context.Store.FlushAsync();
        var from =
            ReportEndpoints.Instant(http.Request.Query["from"], "from")
            ?? (context.Clock.GetUtcNow() - UsualSpan is var month && month > DateTimeOffset.UnixEpoch ? month : DateTimeOffset.UnixEpoch);
        var served = context.Store.Read(connection => EvaluationTable.Served(connection, JournalWriter.Microseconds(from)));
        var quality = (await context.Evaluations.Watch.ReportAsync()).ToDictionary(status => status.Slice);
        var control = context.Store.Control;
        var slices = control.Slices.All.Select(state => state.Slice).Union(served.Keys);
        return new
        {
            From = from,
            Data = slices
                .Select(slice => SliceView.Of(slice, control, quality.GetValueOrDefault(slice), served.GetValueOrDefault(slice)))
                .OrderBy(view => view.Class, StringComparer.Ordinal)
                .ThenBy(view => view.Model, StringComparer.Ordinal)
                .ThenBy(view => view.Application, StringComparer.Ordinal)
                .ToList(),
        };
    }

    private static async Task<object?> ChangeAsync(
        AdminContext context,
        HttpContext http,
        Func<ControlTransaction, SliceState, SliceStatus?, string, SliceState> change
    )
    {
        var body = await AdminEndpoints.ReadOptionalAsync<Asked>(http) ?? new Asked(null);
        var id = (string)http.GetRouteValue("id")!;
        await context.Evaluations.Watch.CatchUpAsync();
        if (context.Store.Control.Slices.Find(id) is not { } found)
        {
            throw new RefusedChangeException("unknown_slice", $"No slice '{id}' has been evaluated.", "purser router slices");
        }

        var by = body.By ?? "administrator";
        var state = await context.Evaluations.Watch.ChangeAsync(
            found.Slice,
            (transaction, status) => change(transaction, transaction.Current.Slices.Find(found.Slice)!, status, by)
        );
        var quality = (await context.Evaluations.Watch.ReportAsync()).FirstOrDefault(status => status.Slice == state.Slice);
        return SliceView.Of(state.Slice, context.Store.Control, quality, null);
    }

    private static SliceState Restored(ControlTransaction change, SliceState state, SliceStatus? status, string by) =>
        state.Stage != SliceStage.Reverted
            ? throw new RefusedChangeException("not_reverted", $"The slice '{state.Id}' isn't reverted: it's {SliceNames.Of(state.Stage)}.")
            : state with
            {
                Stage = SliceStage.Canary,
                Opening = change.NextOpening,
                // What was served before counts no more.
                Since = change.Now,
                At = change.Now,
                By = by,
                Record = null,
            };

    private static SliceState Promoted(ControlTransaction change, SliceState state, SliceStatus? status, string by)
    {
        if (state.Stage != SliceStage.Canary)
        {
            throw new RefusedChangeException("not_on_trial", $"The slice '{state.Id}' isn't on trial: it's {SliceNames.Of(state.Stage)}.");
        }

        var policy = $"floor {state.Floor}";
        var evidence = status is null ? null : EvidenceRecord.Of(status, policy, state.Predictor, change.Now);
        var request = new PromotionRequest(
            state.Slice,
            PromotionStage.On,
            (100 - state.Floor) / 100.0,
            Delta,
            policy,
            state.Predictor,
            OldestEvidence
        );
        return Promotion.Decide(request, evidence, change.Now) switch
        {
            PromotionDecision.Allowed => state with
            {
                Stage = SliceStage.Proven,
                At = change.Now,
                By = by,
                Record = JsonSerializer.Serialize(RecordOf(evidence!), RevertRecord.Json),
            },
            PromotionDecision.NoEvidence => throw new RefusedChangeException(
                "no_evidence",
                $"Nothing was judged of the slice '{state.Id}' since it's on trial."
            ),
            _ => throw new RefusedChangeException(
                "not_shown",
                FormattableString.Invariant(
                    $"Of {evidence!.Count} judged answers of the slice '{state.Id}', at most {evidence.Bound:P1} are worse than they should be, as far as they show; {request.Epsilon:P0} may be."
                ),
                "More judged answers narrow it: purser router slices"
            ),
        };
    }

    private static object RecordOf(EvidenceRecord evidence) =>
        new
        {
            Source = "canary",
            evidence.Procedure,
            Evaluations = evidence.Count,
            WorseAtMost = Math.Round(evidence.Bound, 4),
            Confidence = Math.Round(1 - evidence.Delta, 6),
            evidence.PolicyVersion,
            evidence.PredictorVersion,
            evidence.MadeAt,
        };

    private sealed record Asked(string? By);
}

/// <summary>A slice, as the admin API shows it.</summary>
/// <param name="Id">Its short name.</param>
/// <param name="Class">The kind of work.</param>
/// <param name="Model">The model.</param>
/// <param name="Application">Which policy of whose: the account by its path.</param>
/// <param name="Stage">How far the model is let in.</param>
/// <param name="Served">How many requests it served in the span that was asked for; null where that isn't known.</param>
/// <param name="FloorPercent">The percentage of answers that shall be good enough; null before the first evaluation.</param>
/// <param name="Evaluations">How many evaluations there are since the slice was opened.</param>
/// <param name="Quality">Their mean; null where there are none.</param>
/// <param name="QualityLow">The lower bound, which holds at all times.</param>
/// <param name="QualityHigh">The upper bound.</param>
/// <param name="Confidence">Of the bounds.</param>
/// <param name="PredictorVersion">The predictor that sends it requests.</param>
/// <param name="Since">When it came to this stage.</param>
/// <param name="By">Who brought it there.</param>
/// <param name="Record">With what evidence.</param>
internal sealed record SliceView(
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
    DateTimeOffset? Since,
    string? By,
    JsonNode? Record
)
{
    /// <summary>Shows one.</summary>
    public static SliceView Of(SliceKey slice, ControlSnapshot control, SliceStatus? status, long? served)
    {
        var state = control.Slices.Find(slice);
        var seen = status is { Quality.Count: > 0 } ? status : null;
        return new SliceView(
            SliceState.IdOf(slice),
            RouteRecord.NameOf(slice.Class),
            slice.Model,
            SliceNames.ForPeople(slice.App, control),
            SliceNames.Of(state?.Stage ?? SliceStage.Canary),
            served,
            state?.Floor,
            seen?.Quality.Count ?? 0,
            Rounded(seen?.Quality.Mean),
            Rounded(seen?.Quality.Lower),
            Rounded(seen?.Quality.Upper),
            seen is null ? null : Math.Round(1 - seen.Alpha, 6),
            state?.Predictor,
            state?.At,
            state?.By,
            state?.Record is { } record ? JsonNode.Parse(record) : null
        );
    }

    private static double? Rounded(double? share) => share is { } known ? Math.Round(known, 4) : null;
}
