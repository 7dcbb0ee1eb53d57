// Presses each Run button once, as soon as it shows.
setInterval(() => {
    for (const button of document.querySelectorAll('.play-button:not(.hidden):not(.pressed)')) {
        button.classList.add('pressed');
        button.click();
    }
}, 50);
