namespace Purser.Clients.Tests.Acceptance;

/// <summary>What each client is put through.</summary>
public enum ClientCase
{
    /// <summary>A question is answered.</summary>
    Plain,

    /// <summary>The answer comes piece by piece, and the client hands the pieces on.</summary>
    Streamed,

    /// <summary>The model calls a tool, the client runs it, and the model answers with what it gave.</summary>
    Tool,

    /// <summary>The provider fails, and goes on failing.</summary>
    Error,

    /// <summary>No budget has room for the request.</summary>
    Exhausted,
}
