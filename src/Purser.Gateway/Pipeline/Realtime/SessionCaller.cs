using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>Who has a session.</summary>
/// <param name="Key">The virtual key, as it was at the session's start.</param>
/// <param name="Identity">What the headers say.</param>
/// <param name="Name">The session's own name: that of its first request.</param>
/// <param name="Asked">The model as the client named it.</param>
internal sealed record SessionCaller(VirtualKey Key, Identity Identity, string Name, string Asked)
{
    /// <summary>The subject of the session's requests, by where the key is now.</summary>
    public Subject SubjectOf(VirtualKey current, RepositoryProjects repositories) =>
        Identity.SubjectWithoutBody(current, repositories, Name);
}
