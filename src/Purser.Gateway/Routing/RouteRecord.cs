using System.Text;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;
using Purser.Routing;
using Purser.Routing.Choice;
using Purser.Routing.Evidence;

namespace Purser.Gateway.Routing;

/// <summary>Which configuration and which knowledge a route was chosen by.</summary>
/// <param name="Policy">The hash of the block <c>routing</c> of <c>purser.yml</c>.</param>
/// <param name="Predictor">The predictor's; null where there is none.</param>
/// <param name="Evidence">The thresholds'; null where there are none.</param>
internal sealed record RouteVersions(string Policy, string? Predictor, string? Evidence);

/// <summary>
/// How it came that a request went to the model that it went to. It goes into the journal with each attempt's event, and is never changed.
/// </summary>
/// <param name="Asked">The model's name in the request.</param>
/// <param name="Mode">What routing may do with the account's requests.</param>
/// <param name="Policy">The policy; null where none had a say.</param>
/// <param name="Override">What the person said instead; null for nothing.</param>
/// <param name="Served">The model that it goes to first.</param>
/// <param name="Baseline">The model that it goes to where nothing shows another: the reference, or the one that is named.</param>
/// <param name="Reason">Why it goes there, in words.</param>
/// <param name="Versions">By which configuration and knowledge.</param>
internal sealed record RouteRecord(
    string Asked,
    RoutingMode Mode,
    RoutePolicy? Policy,
    string? Override,
    string Served,
    string Baseline,
    string Reason,
    RouteVersions Versions
)
{
    /// <summary>The record's name in an event's detail.</summary>
    public const string Member = "route";

    /// <summary>The application's name in the record.</summary>
    public const string ApplicationMember = "application";

    /// <summary>The name of the floor that the policy has, whatever it was raised or lowered to for the request: slices are watched by it.</summary>
    public const string SliceFloorMember = "slice_floor_percent";

    /// <summary>The name of what was seen of the request, where that's kept: see <see cref="FeatureText"/>.</summary>
    public const string FeaturesMember = "features";

    /// <summary>What is said in the record of a session that is held out.</summary>
    public const string HeldOutMember = "held_out";

    /// <summary>What was chosen from; null where there was no choice.</summary>
    public RouteChoice? Choice { get; init; }

    /// <summary>The policy, and the account that it chooses for: the nearest that says anything of routing. Null where there was no choice.</summary>
    public string? Application { get; init; }

    /// <summary>Whether its session is held out, so that what routing saves can be measured.</summary>
    public bool IsHeldOut { get; init; }

    /// <summary>The model that would have been served, had the person said nothing; null where that's the same, or nobody knows.</summary>
    public string? PassedOver { get; init; }

    /// <summary>Whether all that is known of the request is kept, and not its class and its difficulty alone.</summary>
    public bool KeepsFeatures { get; init; }

    /// <summary>Whether it may go to models alone that are marked for sensitive requests.</summary>
    public bool IsSensitive { get; init; }

    /// <summary>What is known of the request; null where nobody asked.</summary>
    public RequestFeatures? Features { get; init; }

    /// <summary>For each option of the choice, where it would go first, and how many input tokens its prompt cache was taken to hold.</summary>
    public IReadOnlyList<(Candidate? First, long WarmTokens)> Places { get; init; } = [];

    /// <summary>The check that the served model's answer failed, so that the baseline was asked too; null where it wasn't.</summary>
    public string? Escalated { get; init; }

    /// <summary>The percentage of the answers of its slice that shall be good enough; null where its answer says nothing of that.</summary>
    public long? SliceFloor { get; init; }

    /// <summary>The floor that it had; null where there was no choice.</summary>
    public RouteFloor? Floor { get; init; }

    /// <summary>The model that would have been served, were the mode <c>on</c>; null where that's the one that is.</summary>
    public string? Suggested =>
        Mode is RoutingMode.Suggest or RoutingMode.Shadow && Choice?.Ranked is [var first, ..] && first.Option.Model != Served
            ? first.Option.Model
            : null;

    /// <summary>How much less the served or the suggested model is expected to cost than the baseline; null where neither is another.</summary>
    public Money? Saving =>
        (Suggested ?? Served) is var model && model != Baseline && Find(model) is { } other && Find(Baseline) is { Unable: null } own
            ? own.Expected - other.Expected
            : null;

    /// <summary>The record in a header: what machines and people need of it. Null where it went nowhere, or a name in it can't be in a header.</summary>
    public string? HeaderText()
    {
        var text = $"{(Escalated is null ? Served : Baseline)}; mode={RoutingModes.NameOf(Mode)}";
        text += Policy is null ? "" : $"; policy={Policy.Name}";
        text += Override is null ? "" : "; override";
        text += IsHeldOut ? "; held-out" : "";
        text += Suggested is { } other ? $"; would={other}; saves={Saving}" : "";
        text += Escalated is { } check ? $"; escalated from {Served}: {check}" : "";
        return Served.Length > 0 && Ascii.IsValid(text) ? text : null;
    }

    /// <summary>Writes it as a member of an object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject(Member);
        json.WriteString("asked", Asked);
        json.WriteString("mode", RoutingModes.NameOf(Mode));
        EventDetail.WriteOptional(json, "policy", Policy?.Name);
        EventDetail.WriteOptional(json, "override", Override);
        json.WriteString("served", Served);
        EventDetail.WriteOptional(json, "instead_of", Baseline == Served ? null : Baseline);
        EventDetail.WriteOptional(json, "suggested", Suggested);
        EventDetail.WriteOptional(json, "escalated", Escalated);
        EventDetail.WriteOptional(json, "saves_usd", Saving?.ToString());
        EventDetail.WriteOptional(json, "passed_over", PassedOver);
        WriteRequest(json);
        json.WriteString("reason", Reason);
        json.WriteString("policy_version", Versions.Policy);
        EventDetail.WriteOptional(json, "predictor_version", Versions.Predictor);
        EventDetail.WriteOptional(json, "evidence_version", Versions.Evidence);
        if (Choice is not null)
        {
            WriteChoice(json, Choice);
        }

        json.WriteEndObject();
    }

    /// <summary>What the request is, and whose.</summary>
    private void WriteRequest(Utf8JsonWriter json)
    {
        EventDetail.WriteOptional(json, ApplicationMember, Application);
        if (SliceFloor is { } watched)
        {
            json.WriteNumber(SliceFloorMember, watched);
        }

        if (IsHeldOut)
        {
            json.WriteBoolean(HeldOutMember, true);
        }

        if (IsSensitive)
        {
            json.WriteBoolean("sensitive", true);
        }

        if (Features is { } features)
        {
            json.WriteString("class", NameOf(features.Class));
            json.WriteNumber("difficulty", Math.Round(features.Difficulty, 4));
            EventDetail.WriteOptional(json, FeaturesMember, KeepsFeatures ? FeatureText.Write(features) : null);
        }
    }

    private void WriteChoice(Utf8JsonWriter json, RouteChoice choice)
    {
        if (Floor is { } floor)
        {
            json.WriteNumber("floor_percent", floor.Percent);
            EventDetail.WriteOptional(json, "floor_reason", floor.Why);
        }

        if (choice.Promise is { } promise)
        {
            json.WriteStartObject("guarantee");
            WritePromise(json, promise);
            json.WriteEndObject();
        }

        json.WriteStartArray("candidates");
        for (var i = 0; i < choice.Options.Count; i++)
        {
            Write(json, choice.Options[i], Places[i].First, Places[i].WarmTokens);
        }

        json.WriteEndArray();
    }

    /// <summary>Why nothing is promised, in words; null where something is.</summary>
    public static string? WhyDeclined(RiskGuarantee promise) =>
        promise.Declined switch
        {
            null => null,
            Declined.TooFewRows => $"too few rows: at least {promise.RowsNeeded}",
            _ => "no threshold passes",
        };

    /// <summary>Writes what can be promised of a class's requests that other models than the reference take, or why nothing can, as members.</summary>
    public static void WritePromise(Utf8JsonWriter json, RiskGuarantee promise)
    {
        json.WriteNumber("n", promise.Rows);
        json.WriteNumber("epsilon", promise.Target.Epsilon);
        json.WriteNumber("delta", Math.Round(promise.Target.Delta, 9));
        if (WhyDeclined(promise) is { } why)
        {
            json.WriteString("declined", why);
        }
        else
        {
            json.WriteNumber("share_down", Math.Round(promise.ShareDown, 4));
            json.WriteNumber("risk", Math.Round(promise.Risk, 4));
            json.WriteNumber("bound", Math.Round(promise.Bound, 4));
            json.WriteNumber("threshold", Math.Round(promise.Threshold!.Value, 4));
        }
    }

    /// <summary>How a kind of work is spelt: <c>code_edit</c>.</summary>
    public static string NameOf(TaskClass kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static void Write(Utf8JsonWriter json, RatedOption rated, Candidate? first, long warmTokens)
    {
        var option = rated.Option;
        json.WriteStartObject();
        json.WriteString("model", option.Model);
        EventDetail.WriteOptional(json, "provider", first?.Model.Provider);
        json.WriteString("standing", JsonNamingPolicy.SnakeCaseLower.ConvertName(rated.Standing.ToString()));
        if (option.Unable is { } why)
        {
            json.WriteString("why", why);
        }
        else
        {
            json.WriteString("expected_usd", option.Expected.ToString());
            EventDetail.WriteOptional(json, "going_up_usd", option.GoingUp == Money.Zero ? null : option.GoingUp.ToString());
            EventDetail.WriteOptional(json, "at_most_usd", first?.Ceiling.ToString());
            EventDetail.WriteOptional(json, "price_entry", first?.Price.Entry);
        }

        if (warmTokens > 0)
        {
            json.WriteNumber("warm_tokens", warmTokens);
        }

        WriteShare(json, "good", rated.Good);
        WriteShare(json, "least_good", rated.Least);
        WriteShare(json, "answered", option.Answered);
        if (option.Seconds is { } seconds)
        {
            json.WriteNumber("seconds", Math.Round(seconds, 3));
        }

        json.WriteEndObject();
    }

    private static void WriteShare(Utf8JsonWriter json, string name, double? share)
    {
        if (share is { } known)
        {
            json.WriteNumber(name, Math.Round(known, 4));
        }
    }

    private RouteOption? Find(string model) => Choice?.Options.FirstOrDefault(option => option.Option.Model == model)?.Option;
}
