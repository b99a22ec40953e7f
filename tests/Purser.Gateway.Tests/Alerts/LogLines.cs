using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Purser.Gateway.Tests.Alerts;

/// <summary>Keeps every line of the log, with its exception and all its values.</summary>
internal sealed class LogLines : ILogger, ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = [];

    public IReadOnlyList<string> All => [.. lines];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => lines.Enqueue($"{logLevel}: {formatter(state, exception)}{exception}");

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose() { }
}
