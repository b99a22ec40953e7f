using Purser.Clients.Tests.Acceptance.Agents;
using Purser.Clients.Tests.Acceptance.Libraries;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>All rows of docs/clients.md, in its order.</summary>
internal static class Clients
{
    /// <summary>The coding agents, then libraries from npm, then libraries from NuGet.</summary>
    public static IReadOnlyList<InstalledClient> All { get; } =
    [new ClaudeCode("claude-opus-5-5"), .. NpmLibraries.All, .. NuGetLibraries.All];

    /// <summary>One row.</summary>
    /// <exception cref="InvalidOperationException">There is none of this name.</exception>
    public static InstalledClient Named(string row) => All.Single(client => client.Row == row);
}
