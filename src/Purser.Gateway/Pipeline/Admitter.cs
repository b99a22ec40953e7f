using System.Globalization;
using Purser.Core.Budgets;
using Purser.Core.Ledger;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

/// <summary>Reserves a candidate's ceiling, or the first slice of it, in every budget in scope.</summary>
internal sealed class Admitter(LedgerStore store, ModelCatalog catalog, OutputForecasts forecasts, TimeProvider clock, bool enabled)
{
    // Fewer are no answer worth having: the request is refused instead.
    private const long FewestOutputTokens = 1024;

    // Every attempt counts in budgets of requests; one that is voided gives its count back with its money. So a provider never sees more
    // requests than the budget has, whatever names clients give them.
    private const long RequestsEach = 1;

    /// <summary>Admits one attempt, durably, or says which budget refuses it.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="subject">Whom it is for.</param>
    /// <param name="understanding">What is asked.</param>
    /// <param name="candidate">The model.</param>
    /// <param name="provider">Where it is.</param>
    /// <param name="route">The same for the journal.</param>
    public async Task<(Reservation? Reservation, Refusal? Refusal)> AdmitAsync(
        AttemptId attempt,
        Subject subject,
        Understanding understanding,
        Candidate candidate,
        Provider provider,
        Route route
    )
    {
        var (now, profile) = (clock.GetUtcNow(), understanding.Profile);
        candidate = understanding.Input.Tightened(candidate);
        var output = CanSlice(profile, provider)
            ? OutputSlices.First(forecasts.Of(subject.KeyId, route).Predict(), candidate.MaxOutputTokens)
            : candidate.MaxOutputTokens;
        if (!enabled)
        {
            return (new Reservation(attempt, subject, route, candidate, candidate.Reserve(output, RequestsEach), now, []), null);
        }

        try
        {
            var (reservation, answer) = await ReserveAsync(output);
            if (reservation is null && await TightenAsync(understanding, candidate, answer.Balances) is { } tighter)
            {
                candidate = tighter;
                (reservation, answer) = await ReserveAsync(output);
            }

            if (reservation is not null)
            {
                return (reservation, null);
            }

            if (Affordable(understanding, candidate, answer.Balances) is { } most && most < output)
            {
                (reservation, _) = await ReserveAsync(most);
                if (reservation is not null)
                {
                    return (reservation with { MaxOutput = most, LoweredLimit = (most / profile.Choices) - profile.PredictionBytes }, null);
                }
            }

            return (null, Refuse(answer.Result, subject, profile, candidate, candidate.Reserve(output, RequestsEach)));
        }
        catch (LedgerUnavailableException)
        {
            return (null, Refusal.LedgerDown);
        }

        async Task<(Reservation?, AdmissionResult)> ReserveAsync(long covered)
        {
            var held = candidate.Reserve(covered, RequestsEach);
            var answer = await store.ReserveAsync(new Admission(attempt, subject, route, held, now));
            return answer.Result.IsReserved
                ? (new Reservation(attempt, subject, route, candidate, held, now, answer.Balances).Holding(held, covered), answer)
                : (null, answer);
        }
    }

    /// <summary>Holds a candidate's whole ceiling, durably, or says which budget refuses it: for what can't be made smaller.</summary>
    public async Task<(Reservation? Reservation, Refusal? Refusal)> HoldAsync(
        AttemptId attempt,
        Subject subject,
        TaskProfile profile,
        Candidate candidate,
        Route route
    )
    {
        var (now, held) = (clock.GetUtcNow(), candidate.Reserve(candidate.MaxOutputTokens, RequestsEach));
        if (!enabled)
        {
            return (new Reservation(attempt, subject, route, candidate, held, now, []), null);
        }

        try
        {
            var answer = await store.ReserveAsync(new Admission(attempt, subject, route, held, now));
            return answer.Result.IsReserved
                ? (new Reservation(attempt, subject, route, candidate, held, now, answer.Balances), null)
                : (null, Refuse(answer.Result, subject, profile, candidate, held));
        }
        catch (LedgerUnavailableException)
        {
            return (null, Refusal.LedgerDown);
        }
    }

    /// <summary>Holds more for an attempt, up to the ceiling of a candidate that is larger than its own, or says which budget refuses that.</summary>
    public async Task<(Reservation? Reservation, Refusal? Refusal)> RaiseAsync(
        Reservation reservation,
        TaskProfile profile,
        Candidate candidate
    )
    {
        var wanted = candidate.Reserve(candidate.MaxOutputTokens, RequestsEach);
        var raised = reservation with { Candidate = candidate, MaxOutput = candidate.MaxOutputTokens };
        if (!enabled)
        {
            return (raised.Holding(wanted, candidate.MaxOutputTokens), null);
        }

        try
        {
            var more = Amount.Excess(wanted, reservation.Held);
            var result = await store.ExtendAsync(reservation.Attempt, more, clock.GetUtcNow());
            return result.IsReserved
                ? (raised.Holding(wanted, candidate.MaxOutputTokens), null)
                : (null, Refuse(result, reservation.Subject, profile, candidate, more));
        }
        catch (LedgerUnavailableException)
        {
            return (null, Refusal.LedgerDown);
        }
    }

    /// <summary>
    /// The candidate with its input tokenized, where its bytes alone may be what doesn't fit. Null where even no input at all would have no room.
    /// </summary>
    private static async Task<Candidate?> TightenAsync(
        Understanding understanding,
        Candidate candidate,
        IReadOnlyList<BalanceSnapshot> balances
    )
    {
        var least = Math.Min(candidate.MaxOutputTokens, FewestOutput(understanding));
        return Fits(candidate.WithInput(0).Reserve(least, RequestsEach), balances)
            ? await understanding.Input.TightenAsync(candidate)
            : null;
    }

    private static bool Fits(Amount amount, IReadOnlyList<BalanceSnapshot> balances) =>
        balances.All(balance => !balance.Budget.IsHard || amount.HeldIn(balance.Budget.Unit) <= balance.Remaining);

    private static long FewestOutput(Understanding understanding)
    {
        var (facts, profile) = (understanding.Facts, understanding.Profile);
        return checked(Math.Max(FewestOutputTokens, facts.LowestOutputLimit) + profile.PredictionBytes) * profile.Choices;
    }

    /// <summary>
    /// Whether the output can be held in slices: it's seen as it comes, and a cancel stops the provider's meter. Where the provider runs
    /// the model more than once on its own, or other models besides, what it generates isn't seen.
    /// </summary>
    private static bool CanSlice(TaskProfile profile, Provider provider) =>
        profile
            is {
                IsConversation: true,
                Stream: true,
                Turns: 1,
                AudioOutput: false,
                OpenEndedModels: false,
                OtherModels.Count: 0,
                PredictionBytes: 0
            }
        && provider.Options.OnDisconnect == OnDisconnect.Cancel;

    /// <summary>
    /// The most output that every budget has room for, where that is worth having: the request's own limit is lowered to it. Null where
    /// it isn't.
    /// </summary>
    private static long? Affordable(Understanding understanding, Candidate candidate, IReadOnlyList<BalanceSnapshot> balances)
    {
        var profile = understanding.Profile;
        if (!profile.IsConversation || profile.Turns > 1 || profile.OtherModels.Count > 0 || profile.OpenEndedModels)
        {
            return null;
        }

        var fewest = FewestOutput(understanding);
        var (low, high) = (0L, candidate.MaxOutputTokens);
        if (high <= fewest || !FitsWith(fewest))
        {
            return null;
        }

        // The cost rises with the output, so the most that fits is found by halves.
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            (low, high) = FitsWith(middle) ? (middle, high) : (low, middle - 1);
        }

        return low - (low % profile.Choices);

        bool FitsWith(long output) => Fits(candidate.Reserve(output, RequestsEach), balances);
    }

    /// <summary>Why an amount can't be held, and what to do.</summary>
    /// <param name="result">The ledger's refusal.</param>
    /// <param name="subject">Whom it is for.</param>
    /// <param name="profile">What is asked.</param>
    /// <param name="candidate">The model.</param>
    /// <param name="amount">What should be held.</param>
    public Refusal Refuse(ReserveResult result, Subject subject, TaskProfile profile, Candidate candidate, Amount amount)
    {
        if (result.Status == ReserveStatus.NoMembership)
        {
            return Refusal.NoMembership;
        }

        if (result.Status == ReserveStatus.InvalidAmount)
        {
            return new Refusal(
                400,
                "request_too_large",
                $"The request may cost {amount.Cost.ToText()} dollars and {amount.Tokens} tokens, which is more than any can. Set a smaller max_tokens."
            );
        }

        if (result.Refusing is not { } refusing)
        {
            return new Refusal(
                402,
                "no_hard_limit",
                "No dollar limit is in force for this key, so nothing can be spent. Ask the operator to set one: purser budgets set."
            );
        }

        var budget = refusing.Budget;
        var visible = Visibility.IsVisible(budget.Scope, subject);
        var resets =
            refusing.Window.End is var end && end > clock.GetUtcNow() && end < DateTimeOffset.MaxValue ? end : (DateTimeOffset?)null;
        var needed = Budget.Format(budget.Unit, amount.In(budget.Unit));
        var need = $"this request may need {Budget.Text(budget.Unit, amount.In(budget.Unit))}";
        var figures = visible
            ? $"limit {Budget.Text(budget.Unit, refusing.Limit)}, spent {Budget.Text(budget.Unit, refusing.Posted)}, "
                + $"reserved by requests under way {Budget.Text(budget.Unit, refusing.Pending)}; {need}"
            : need;
        var cheaper = Cheaper(profile, candidate, refusing);
        var ask = $"purser budgets grant {budget.Id} --amount … --reason …";
        var message =
            $"The {(visible ? $"budget '{budget.Name}'" : "budget of an account above yours")} ({BudgetNames.Phrase(budget.Window)}, {BudgetNames.Of(budget.Unit)}) "
            + $"has too little left: {figures}. "
            + (resets is { } at ? $"It resets at {at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}. " : "It doesn't reset. ")
            + (
                cheaper is null
                    ? (profile.IsConversation ? "A smaller max_tokens needs less. " : "")
                    : $"A cheaper model that would pass now: {cheaper.Model.Model}. "
            )
            + $"To ask for more: purser asks create {Refusal.RequestIdPlace} --amount … --reason …; your operator can grant it with: {ask}";
        // A limit on a rate is no matter of money: the client waits a moment and comes again.
        var isRate = budget.Window.Kind == WindowKind.Minute || budget.Unit == BudgetUnit.Concurrency;
        return new Refusal(isRate ? 429 : 402, isRate ? "rate_limited" : "budget_exceeded", message)
        {
            Members = Members(refusing, visible, needed, resets, cheaper?.Model.Model),
            ResetsAt = resets ?? (isRate ? clock.GetUtcNow().AddSeconds(1) : null),
            RetryHelps = isRate,
            StoppedBy = refusing,
            Needed = amount.HeldIn(budget.Unit),
            Cheaper = cheaper,
        };
    }

    private static List<KeyValuePair<string, string>> Members(
        BalanceSnapshot refusing,
        bool visible,
        string needed,
        DateTimeOffset? resets,
        string? cheaper
    )
    {
        var budget = refusing.Budget;
        var members = new List<KeyValuePair<string, string>>
        {
            new("budget_unit", BudgetNames.Of(budget.Unit)),
            new("budget_window", BudgetNames.Of(budget.Window.Kind)),
            new("needed", needed),
        };
        if (visible)
        {
            members.Add(new("budget", budget.Name));
            members.Add(new("limit", Budget.Format(budget.Unit, refusing.Limit)));
            members.Add(new("spent", Budget.Format(budget.Unit, refusing.Posted)));
            members.Add(new("pending", Budget.Format(budget.Unit, refusing.Pending)));
        }

        if (resets is { } at)
        {
            members.Add(new("resets_at", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)));
        }

        if (cheaper is not null)
        {
            members.Add(new("cheaper_model", cheaper));
        }

        members.Add(new("how_to_ask", $"purser asks create {Refusal.RequestIdPlace} --amount … --reason …"));
        return members;
    }

    /// <summary>The cheapest model in the client's format whose ceiling for this very request fits what is left, or null.</summary>
    private Candidate? Cheaper(TaskProfile profile, Candidate asked, BalanceSnapshot refusing)
    {
        if (refusing.Budget.Unit != BudgetUnit.Usd || !profile.IsConversation)
        {
            return null;
        }

        Candidate? best = null;
        foreach (var model in catalog.Models)
        {
            if (!model.Formats.Serve(profile.Format) || model.Model == asked.Model.Model)
            {
                continue;
            }

            if (profile.InBatch && model.Provider != asked.Model.Provider)
            {
                // What a batch is made of is at its provider.
                continue;
            }

            var route = Router.Route(profile with { Model = $"{model.Provider}/{model.Model}" }, catalog, clock.GetUtcNow());
            if (
                route.Candidates is [var candidate, ..]
                && candidate.Ceiling.Nanos <= refusing.Remaining
                && !(best?.Ceiling <= candidate.Ceiling)
            )
            {
                best = candidate;
            }
        }

        return best;
    }
}

/// <summary>
/// Which budgets a caller may see the figures of: its key's, its own account's and its own run's, not those of the accounts above, and
/// not those that it shares with others (a tag, a model, a provider).
/// </summary>
internal static class Visibility
{
    public static bool IsVisible(BudgetScope scope, Subject subject) => scope.Parts().Any(part => IsOwn(part, subject));

    private static bool IsOwn(Scope scope, Subject subject) =>
        scope.Kind switch
        {
            ScopeKind.Key => scope.IsEach || scope.Id == subject.KeyId,
            ScopeKind.Run => true,
            ScopeKind.Member => scope.IsEach || scope.Id == subject.Accounts[0].Id,
            ScopeKind.Account => scope.Id == subject.Accounts[0].Id,
            _ => false,
        };
}
