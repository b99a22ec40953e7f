using System.Globalization;
using Purser.Core.Pricing;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Pipeline.Resilience;

namespace Purser.Gateway.Alerts;

/// <summary>
/// Alerts about what requests show: a model without a price, an answer that can't be priced or whose figures contradict themselves, a credential
/// that its provider refuses, a batch that can't be settled. Each is raised once a day (UTC). Safe for parallel calls.
/// </summary>
internal sealed class RequestAlerts(AlertCenter center, TimeProvider clock)
{
    /// <summary>The most in one day: names come from clients and providers, and invented ones would fill the outbox.</summary>
    public const int MostADay = 1_000;

    private readonly Lock gate = new();
    private readonly HashSet<(AlertKind Kind, string What)> raised = [];
    private DateTime day;

    /// <summary>A request was refused; of interest where that was for want of a price, or the price book doesn't have the model at all.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="model">The model that the client named.</param>
    public void Refused(Refusal refusal, string model)
    {
        if (refusal.Code is Refusal.NotPriced or Refusal.NotFound)
        {
            Raise(AlertKind.Unpriced, model, refusal.Message, "purser prices list");
        }
    }

    /// <summary>An attempt was settled; of interest where its price or its usage is in doubt, or the gateway's credential was refused.</summary>
    /// <param name="reservation">The attempt.</param>
    /// <param name="call">How it went.</param>
    /// <param name="charge">What it costs.</param>
    public void Settled(Reservation reservation, CallResult call, AttemptCharge charge)
    {
        if (FailureRules.RefusesCredential(call) && call.Credential is not (null or UpstreamCredential.Callers))
        {
            var provider = reservation.Candidate.Model.Provider;
            Raise(
                AlertKind.CredentialRefused,
                $"{provider} {call.Credential} {call.Status}",
                $"The provider {provider} refused the credential {call.Credential} with status {call.Status}, for {reservation.Candidate.Model.Model}. Others are used first, where there are any.",
                "purser credentials list"
            );
        }

        if (charge.Problem is null && call.Reading.Violation is null)
        {
            return;
        }

        var model = $"{reservation.Candidate.Model.Provider}/{reservation.Candidate.Model.Model}";
        var explain = $"purser explain {reservation.Attempt.RequestName}";
        if (charge.Problem is { } problem)
        {
            Raise(
                AlertKind.Unpriced,
                $"{model} {problem}",
                $"An answer of {model} can't be priced: {problem}. It's posted at {charge.Cost}, until someone knows better.",
                explain
            );
        }

        if (call.Reading.Violation is { } violation)
        {
            Raise(
                AlertKind.UsageViolation,
                $"{model} {violation}",
                $"The usage that {model} states contradicts itself: {violation}. The dear reading was taken, and the entry is marked as an estimate.",
                explain
            );
        }
    }

    /// <summary>A model's part of a batch was settled; of interest where an answer can't be priced.</summary>
    /// <param name="batch">The batch's id.</param>
    /// <param name="model">The provider and the model.</param>
    /// <param name="unpriced">How many answers can't be priced.</param>
    /// <param name="problem">Why the first of them can't; null where each can be.</param>
    /// <param name="cost">What the part is posted at.</param>
    public void BatchSettled(string batch, string model, long unpriced, string? problem, Money cost)
    {
        if (problem is not null)
        {
            Raise(
                AlertKind.Unpriced,
                $"{model} {problem}",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{unpriced} of the answers of {model} in the batch {batch} can't be priced: {problem}. With them it's posted at {cost}, until someone knows better."
                ),
                $"purser explain {batch}"
            );
        }
    }

    /// <summary>A batch couldn't be settled again and again.</summary>
    /// <param name="batch">The batch's id.</param>
    /// <param name="provider">Where it is.</param>
    /// <param name="since">Since when it can't be.</param>
    /// <param name="why">Why not.</param>
    public void BatchUnsettled(string batch, string provider, DateTimeOffset since, string why) =>
        Raise(
            AlertKind.BatchUnsettled,
            $"{provider} {batch}",
            string.Create(
                CultureInfo.InvariantCulture,
                $"The batch {batch} at {provider} can't be settled since {since.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {why}. What it may cost stays held."
            ),
            "purser credentials list"
        );

    private void Raise(AlertKind kind, string what, string message, string action)
    {
        var now = clock.GetUtcNow();
        var today = now.UtcDateTime.Date;
        lock (gate)
        {
            if (day != today)
            {
                day = today;
                raised.Clear();
            }

            if (raised.Count >= MostADay || !raised.Add((kind, what)))
            {
                return;
            }
        }

        center.Raise(
            new Alert
            {
                Id = Alert.IdOf(kind, what, windowStart: new DateTimeOffset(today, TimeSpan.Zero)),
                Kind = kind,
                At = now,
                Message = message,
                Action = action,
            }
        );
    }
}
