using Purser.Core.Ledger;
using Purser.Core.Routing;

namespace Purser.Gateway.Pipeline;

/// <summary>What policy says of a request: constraints, never a model.</summary>
/// <param name="Allowed">Whether it may go on.</param>
/// <param name="PolicyVersion">Which policy said so.</param>
internal sealed record Decision(bool Allowed, string PolicyVersion);

/// <summary>Decides what a request may do. Without a policy document, all that budgets allow is allowed.</summary>
internal static class Policy
{
    /// <summary>The version of the policy in force: there is no document yet.</summary>
    public const string Version = "none";

    private static readonly Decision NoDocument = new(true, Version);

    public static Decision Decide(Subject subject, TaskProfile profile)
    {
        _ = (subject, profile);
        return NoDocument;
    }
}
