using System.Diagnostics.CodeAnalysis;

namespace Purser.Simulator;

/// <summary>A key pair of AWS whose signatures the simulator verifies.</summary>
/// <param name="Id">The id of the access key, such as <c>AKIAIOSFODNN7EXAMPLE</c>.</param>
/// <param name="Secret">The secret access key.</param>
public sealed record AwsKeyPair(string Id, string Secret)
{
    /// <summary>Reads <c>ID:SECRET</c>.</summary>
    /// <param name="text">The text; ids have no colon.</param>
    /// <param name="pair">The pair, when it is one.</param>
    /// <returns>False when the text is no pair.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out AwsKeyPair? pair)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        pair = colon > 0 && colon < text.Length - 1 ? new AwsKeyPair(text[..colon], text[(colon + 1)..]) : null;
        return pair is not null;
    }

    /// <summary>Names the key and not its secret.</summary>
    public override string ToString() => Id;
}
