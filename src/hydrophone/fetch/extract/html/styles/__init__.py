"""As much of CSS as it takes to see that a text is not shown.

Read are the declarations that can hide: of `style` attributes, and of the page's own `<style>`
elements under selectors made of names of elements, classes and ids, one below the other. Style
sheets in files of their own are not fetched, and what holds on paper or on small screens only is
passed over.
"""
