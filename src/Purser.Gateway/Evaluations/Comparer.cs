using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Routing;
using Purser.Gateway.Storage;
using Purser.Gateway.Telemetry;
using Purser.Providers;
using Purser.Providers.Translation;

namespace Purser.Gateway.Evaluations;

/// <summary>
/// Asks the other model what a client asked, and where the two answers are drawn to be compared, the judge which is better: twice, with the answers
/// swapped, so that which comes first decides nothing. The texts are held for as long as that takes, and are written nowhere.
/// </summary>
internal sealed class Comparer(
    RequestPipeline pipeline,
    EvaluationKeys keys,
    RoutingOptions options,
    ModelCatalog catalog,
    FrozenDictionary<string, Provider> providers,
    LedgerStore store,
    Pause shadowPause,
    Pause judgePause,
    GatewayMetrics? metrics,
    TimeProvider clock,
    EvaluationIntake evaluations
)
{
    // A call that nobody waits for isn't worth more than this.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private const int MostBytes = 256 << 10;

    /// <summary>Does all that there is to do about one request.</summary>
    /// <exception cref="OperationCanceledException">The gateway stops.</exception>
    public async Task CompareAsync(Comparison work, CancellationToken stop)
    {
        if (
            work.Asked.Read() is not var (translator, asked)
            || AnswerReader.Read(translator, asked, work.Answer, work.MediaType) is not { } served
        )
        {
            metrics?.ShadowDropped(Shadowing.Unreadable);
            return;
        }

        if (!shadowPause.IsOver || KeyOf(keys.Shadow) is not { } key)
        {
            metrics?.ShadowDropped(Shadowing.NoBudget);
            return;
        }

        var judge = work.IsJudged ? options.Judge : null;
        var fault = judge is null ? null : FaultOf(judge, work);
        var call = new EvaluationCall(EvaluationKind.Shadow, work.Request, work.Other.Model, work.Other.Provider) { NotJudged = fault };
        var (answer, mediaType) = await AskAsync(call, work.Asked, key, shadowPause, stop);
        if (judge is null || answer is null)
        {
            return;
        }

        if (fault is not null)
        {
            metrics?.Judged(work.Compared.Name, "not_judged");
        }
        else if (AnswerReader.Read(translator, asked, answer, mediaType) is not { } shadow)
        {
            metrics?.Judged(work.Compared.Name, "unreadable");
        }
        else if (shadow == served)
        {
            // What is the same needs no judge.
            await KeepAsync(work, 1);
        }
        else
        {
            await JudgeAsync(judge, work, asked, served, shadow, stop);
        }
    }

    private async Task JudgeAsync(
        JudgeOptions judge,
        Comparison work,
        CanonicalRequest asked,
        string served,
        string shadow,
        CancellationToken stop
    )
    {
        var (compared, reference) = work.OtherIsReference ? (served, shadow) : (shadow, served);
        var straight = await PreferAsync(judge, work, EvaluationKind.Judge, asked, compared, reference, stop);
        if (straight is null)
        {
            return;
        }

        var swapped = await PreferAsync(judge, work, EvaluationKind.JudgeSwapped, asked, reference, compared, stop);
        if (swapped is null)
        {
            return;
        }

        if (JudgeQuestion.Score(straight.Value, swapped.Value) is { } found)
        {
            await KeepAsync(work, found);
        }
        else
        {
            metrics?.Judged(work.Compared.Name, "unreadable");
        }
    }

    /// <summary>What the judge prefers; null where it couldn't be asked.</summary>
    private async Task<Preferred?> PreferAsync(
        JudgeOptions judge,
        Comparison work,
        EvaluationKind kind,
        CanonicalRequest asked,
        string first,
        string second,
        CancellationToken stop
    )
    {
        if (!judgePause.IsOver || KeyOf(keys.Judge!) is not { } key)
        {
            metrics?.Judged(work.Compared.Name, "not_asked");
            return null;
        }

        var body = JudgeQuestion.Write(judge.Model, judge.Instructions, asked, first, second, TakesSchema(judge.Model));
        var question = new AskedRequest(
            ProviderCatalog.Chat,
            ProviderCatalog.Chat.Routes[0],
            new RouteValueDictionary(),
            "",
            [],
            body,
            judge.Model,
            Stream: false,
            IsStored: false
        );
        var call = new EvaluationCall(kind, work.Request, judge.Model, PlaceOf(judge.Model, work.Regions)!.Provider);
        var (answer, mediaType) = await AskAsync(call, question, key, judgePause, stop);
        if (answer is null)
        {
            metrics?.Judged(work.Compared.Name, "not_asked");
            return null;
        }

        return question.Read() is var (translator, request) && AnswerReader.Read(translator, request, answer, mediaType) is { } text
            ? JudgeQuestion.Read(text)
            : Preferred.Unreadable;
    }

    /// <summary>Asks, and waits for the whole answer; null where there is none.</summary>
    private async Task<(byte[]? Answer, string? MediaType)> AskAsync(
        EvaluationCall call,
        AskedRequest asked,
        VirtualKey key,
        Pause pause,
        CancellationToken stop
    )
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Longest);
        await using var tap = new AnswerTap(Stream.Null, MostBytes);
        var http = asked.ToHttp(tap, patience.Token);
        Refusal? refusal;
        try
        {
            refusal = await pipeline.ServeOwnAsync(http, asked.Format, asked.Route, call, key);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            metrics?.EvaluationCalled(call.Kind, call.Model, "failed");
            return default;
        }

        var isAnswered = refusal is null && http.Response.StatusCode == StatusCodes.Status200OK && !patience.IsCancellationRequested;
        metrics?.EvaluationCalled(
            call.Kind,
            call.Model,
            refusal is not null ? "refused"
                : isAnswered ? "answered"
                : "failed"
        );
        if (refusal?.StoppedBy is not null)
        {
            pause.Begin(refusal);
        }

        stop.ThrowIfCancellationRequested();
        return isAnswered ? (tap.Written, http.Response.ContentType) : default;
    }

    /// <summary>Keeps what a comparison came to, as an evaluation of the compared model's answer.</summary>
    private async Task KeepAsync(Comparison work, double found)
    {
        metrics?.Judged(
            work.Compared.Name,
            found switch
            {
                1 => "as_good",
                0 => "worse",
                _ => "tie",
            }
        );
        var source = work.OtherIsReference ? EvaluationSource.Judge : EvaluationSource.Shadow;
        await evaluations.AddAsync(
            new Evaluation(work.Request, work.Compared.Name, found, source, clock.GetUtcNow()) { Id = work.Compared.Name }
        );
    }

    /// <summary>Why a judge can't judge two answers, or null.</summary>
    private string? FaultOf(JudgeOptions judge, Comparison work) =>
        PlaceOf(judge.Model, work.Regions) is not { } place ? $"the judge '{judge.Model}' is in no region that the request may go to"
        : place.Model == work.Served.Model || place.Model == work.Other.Model
            ? $"the judge '{judge.Model}' gave one of the two answers, and none judges its own"
        : null;

    /// <summary>Where the judge is asked; null where it's nowhere that the request may go.</summary>
    private CatalogModel? PlaceOf(string model, IReadOnlyList<string> regions) =>
        catalog.Find(model).FirstOrDefault(place => PolicyRegions.Have(regions, providers[place.Provider].Options.Region));

    /// <summary>Models that the operator says nothing of are taken for able, as among the candidates.</summary>
    private bool TakesSchema(string model) => !options.Models.TryGetValue(model, out var known) || known.Can.HasFlag(ModelAbilities.Json);

    /// <summary>The key as it is now; null where an operator has switched it off, or its account hangs nowhere.</summary>
    private VirtualKey? KeyOf(string id) => store.Control.FindKey(id) is { Disabled: false } key && key.Subject.IsPlaced ? key : null;
}
