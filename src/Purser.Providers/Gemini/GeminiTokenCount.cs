using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.Gemini;

/// <summary><c>countTokens</c>: of contents, or of a whole request under <c>generateContentRequest</c>.</summary>
/// <param name="paths">The paths of a model.</param>
internal sealed class GeminiTokenCount(IEnumerable<string> paths) : TokenCountForm
{
    /// <inheritdoc/>
    public override IReadOnlyList<ClientRoute> Routes { get; } = [.. paths.Select(path => new ClientRoute($"{path}:countTokens", false))];

    /// <inheritdoc/>
    public override RequestFault? Check(ReadOnlySpan<byte> body) =>
        HasContents(body) || HasContents(BodyScan.Member(body, "generateContentRequest"u8))
            ? null
            : new RequestFault(RequestFaults.InvalidMember, "'contents' must be a list of contents.", "contents");

    /// <inheritdoc/>
    public override long? Read(ReadOnlySpan<byte> answer) => Count(answer, "totalTokens"u8);

    /// <inheritdoc/>
    public override void Write(IBufferWriter<byte> output, long tokens) =>
        output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"totalTokens\":{tokens}}}")));

    /// <summary>Google answers a path that it doesn't have with HTML.</summary>
    public override bool IsAboutRequest(JsonElement error) =>
        error.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.String && status.ValueEquals("NOT_FOUND"u8);

    private static bool HasContents(ReadOnlySpan<byte> request) => BodyScan.Member(request, "contents"u8) is [(byte)'[' or (byte)'{', ..];
}
