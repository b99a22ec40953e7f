using Xunit;

namespace Purser.Routing.Tests;

public sealed class TaskClassTests
{
    [Fact]
    public void What_is_unknown_is_other() => Assert.Equal(TaskClass.Other, default);
}
