using Purser.Core.Ledger;

namespace Purser.Gateway.Telemetry;

/// <summary>The public, stable names of things, as reports, events and metrics write them.</summary>
internal static class Names
{
    /// <summary>An outcome's name.</summary>
    public static string Of(Outcome outcome) =>
        outcome switch
        {
            Outcome.Completed => "completed",
            Outcome.ProviderError => "provider_error",
            Outcome.ClientClosed => "client_closed",
            Outcome.Cut => "cut",
            Outcome.Timeout => "timeout",
            Outcome.Refused => "refused",
            Outcome.Unconfirmed => "unconfirmed",
            _ => "void",
        };
}
