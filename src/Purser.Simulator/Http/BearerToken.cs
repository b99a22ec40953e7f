using Microsoft.AspNetCore.Http;

namespace Purser.Simulator.Http;

/// <summary>The token of an <c>Authorization: Bearer</c> header.</summary>
internal static class BearerToken
{
    /// <summary>The token; empty when there is none.</summary>
    public static ReadOnlySpan<char> Of(HttpRequest request)
    {
        var value = request.Headers.Authorization.ToString().AsSpan();
        return value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..].Trim() : default;
    }
}
