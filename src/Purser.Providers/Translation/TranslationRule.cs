namespace Purser.Providers.Translation;

/// <summary>
/// What is done with something that a format can't carry. <see cref="Name"/> is stable, and begins with what is done: <c>drop:</c> it's left
/// out, <c>change:</c> something like it is sent, <c>add:</c> something is sent that the client didn't say, <c>refuse:</c> the request is refused.
/// </summary>
/// <param name="Name">The name, such as <c>drop:top_k</c>.</param>
/// <param name="What">What it means, in one line for people.</param>
public sealed record TranslationRule(string Name, string What)
{
    /// <summary>Whether the request is refused.</summary>
    public bool Refuses => Name.StartsWith("refuse:", StringComparison.Ordinal);
}
