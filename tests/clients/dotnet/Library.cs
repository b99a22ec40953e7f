namespace Purser.Clients.Libraries;

/// <summary>A library, as its users call it. What it throws is what they see.</summary>
internal abstract class Library
{
    /// <summary>The text of an answer.</summary>
    public abstract Task<string> AskAsync(string prompt);

    /// <summary>The pieces of an answer as the library hands them on.</summary>
    public abstract IAsyncEnumerable<string> StreamAsync(string prompt);

    /// <summary>The text of the answer after the model called <see cref="Weather"/>, through the library's own loop where it has one.</summary>
    public abstract Task<string> UseToolAsync(string prompt);
}

/// <summary>Where a library is pointed at.</summary>
/// <param name="Url">The gateway.</param>
/// <param name="Key">A key of it.</param>
/// <param name="Model">The model to ask for.</param>
internal sealed record Target(string Url, string Key, string Model)
{
    /// <summary>The base URL for clients of the OpenAI API.</summary>
    public Uri OpenAI => new($"{Url}/v1");
}
