using Microsoft.AspNetCore.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Http;

/// <summary>What one connection keeps from request to request. It serves one at a time.</summary>
internal sealed class ConnectionState
{
    /// <summary>The request being served.</summary>
    public DefaultHttpContext Http { get; } = new();

    /// <summary>The answer, or the next step of a stream.</summary>
    public OutputBuffer Output { get; } = new();

    /// <summary>What both record lines of the request say.</summary>
    public OutputBuffer Fields { get; } = new();

    /// <summary>The batch that the request is part of; null for a request of its own.</summary>
    public string? Batch { get; init; }

    /// <summary>The responses that a WebSocket remembers although they aren't stored; null elsewhere.</summary>
    public KeptResponses? Unstored { get; init; }

    /// <summary>What only the second line says.</summary>
    public OutputBuffer Outcome { get; } = new();
}
