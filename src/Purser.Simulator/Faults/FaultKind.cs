namespace Purser.Simulator.Faults;

/// <summary>What can go wrong with an answer. The names in specifications are in brackets.</summary>
public enum FaultKind
{
    /// <summary>Nothing goes wrong (<c>ok</c>).</summary>
    None,

    /// <summary>The key isn't known, in the provider's own way: 401 for most (<c>401</c>). Nothing is billed.</summary>
    KeyRefused,

    /// <summary>429, a rate limit, with <c>retry-after</c> (<c>429</c>). Nothing is billed.</summary>
    RateLimited,

    /// <summary>500 (<c>500</c>). Nothing is billed.</summary>
    ServerError,

    /// <summary>503 (<c>503</c>). Nothing is billed.</summary>
    Unavailable,

    /// <summary>Anthropic's 529; 503 on the OpenAI API, which has no 529 (<c>529</c>). Nothing is billed.</summary>
    Overloaded,

    /// <summary>No answer, not even headers, until the client leaves (<c>timeout</c>). Nothing is billed.</summary>
    Timeout,

    /// <summary>The TCP connection is reset instead of an answer (<c>reset</c>). Nothing is billed.</summary>
    Reset,

    /// <summary>The body or stream stops in the middle and the connection closes (<c>cut</c>). What was generated until then is billed.</summary>
    Cut,

    /// <summary>200 with a body, or with an event in the middle of a stream, that isn't JSON (<c>garbage</c>). The whole answer is billed.</summary>
    Garbage,

    /// <summary>An error event in the middle of a stream; 500 where the answer isn't streamed (<c>stream-error</c>). What was generated is billed.</summary>
    StreamError,

    /// <summary>The first token comes two seconds later, and each further one 50 ms later (<c>slow</c>).</summary>
    Slow,

    /// <summary>The answer doesn't say its usage (<c>no-usage</c>). It is billed all the same.</summary>
    NoUsage,

    /// <summary>The answer is 1 to 8 tokens, or up to a quarter, longer than the request's limit (<c>overrun</c>). All of it is billed.</summary>
    Overrun,

    /// <summary>The provider withholds the answer because of its content (<c>blocked</c>). The prompt is billed, but for Azure, which answers 400.</summary>
    Blocked,
}
