using Purser.Core.Ledger;
using Purser.Gateway.Configuration;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>What a failure says: whether the provider is at fault, and whether the request may be sent once more.</summary>
internal static class FailureRules
{
    /// <summary>Whether an attempt went wrong for a reason that lies with the provider or on the way to it.</summary>
    public static bool IsProvidersFault(CallResult result) =>
        !result.IsOverLimit
        && result.Outcome switch
        {
            Outcome.Void => result.Failure is not null,
            Outcome.Cut or Outcome.Timeout => true,
            Outcome.ProviderError => result.Status is 200 or >= 500,
            _ => false,
        };

    /// <summary>Whether how it ended says nothing of the provider: the client left, or a budget had no room for more.</summary>
    public static bool SaysNothing(CallResult result) => result.Outcome is Outcome.ClientClosed or Outcome.CutOff or Outcome.Void;

    /// <summary>Whether a provider refused the credential, and not the request: it's unknown, has no money, or no right to the model.</summary>
    public static bool RefusesCredential(CallResult result) =>
        result.Outcome == Outcome.ProviderError && (result.Status is 401 or 402 or 403 || result.SaysKeyIsInvalid);

    /// <summary>Whether another credential may be answered at once: this one is refused, or has had its share.</summary>
    public static bool IsCredentials(CallResult result) =>
        RefusesCredential(result) || (result.Outcome == Outcome.ProviderError && result.Status == 429);

    /// <summary>
    /// Whether the request may be sent again, to this provider or to another, after an attempt of which nothing has reached the client. What
    /// the request itself is refused for (400, 404, 422, …) is refused again: that never is. What the credential is refused for is sent with others
    /// alone.
    /// </summary>
    /// <param name="result">How the attempt ended, before anything was relayed.</param>
    /// <param name="stream">Whether the request is for a stream.</param>
    /// <param name="broken">What is allowed where the provider had the request, and may bill it.</param>
    public static bool MayTryAgain(CallResult result, bool stream, RetryBroken broken) =>
        result.Outcome switch
        {
            Outcome.Void => true,
            Outcome.ProviderError when IsCredentials(result) => true,
            Outcome.ProviderError or Outcome.Cut or Outcome.Timeout when result.Status >= 400 => IsPassing(result.Status)
                && !result.ForbidsRetry,
            Outcome.ProviderError or Outcome.Cut or Outcome.Timeout => !result.IsOverLimit
                && (broken == RetryBroken.Always || (broken == RetryBroken.Streams && stream)),
            _ => false,
        };

    /// <summary>How an attempt failed, for people.</summary>
    public static string Describe(CallResult result) =>
        result.Outcome switch
        {
            Outcome.Void => "wasn't sent",
            _ when result.Status >= 400 => $"was answered with status {result.Status}",
            Outcome.ProviderError => "was answered with an error in its stream",
            Outcome.Timeout => "took too long",
            _ => "broke off before its answer began",
        };

    /// <summary>Whether a status says that the provider can't serve now what it could at another time.</summary>
    public static bool IsPassing(int status) => status is 408 or 429 or 500 or 502 or 503 or 504 or 529;
}
